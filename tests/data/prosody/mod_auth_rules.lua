-- The rules by which Jitsi's Prosody looks at a token, stated anew for the tests (call handbook 4.2):
-- RS256 with the key that its server gives for the key's id, issuer, audience, room, times.
-- Rooms: mod_muc_rules.lua.

local async = require "util.async";
local base64 = require "util.encodings".base64;
local formdecode = require "util.http".formdecode;
local hex = require "util.hex";
local http = require "net.http";
local json = require "util.json";
local new_id = require "util.id".medium;
local sasl = require "util.sasl";
local sha256 = require "util.hashes".sha256;
local digest = require "openssl.digest";
local pkey = require "openssl.pkey";

local server = module:get_option_string("asap_key_server");
local issuers = module:get_option_set("asap_accepted_issuers", {});
local audiences = module:get_option_set("asap_accepted_audiences", {});
local keys = {};

local function bytes_of(part)
	local text = part:gsub("-", "+"):gsub("_", "/");
	return base64.decode(text .. string.rep("=", -#text % 4));
end

local function object_of(part)
	local bytes = bytes_of(part);
	local found = bytes and json.decode(bytes);
	return type(found) == "table" and found or nil;
end

local function fetch_key(id)
	if keys[id] then return keys[id]; end
	local wait, done = async.waiter();
	local found;
	http.request(server .. "/" .. hex.to(sha256(id)) .. ".pem", {}, function (body, code)
		if code == 200 then found = body; end
		done();
	end);
	wait();
	keys[id] = found;
	return found;
end

local function is_signed(header, signed, signature)
	if header.typ ~= "JWT" or header.alg ~= "RS256" or type(header.kid) ~= "string" then return false; end
	local pem = fetch_key(header.kid);
	local bytes = bytes_of(signature);
	if not pem or not bytes then return false; end
	return pkey.new(pem):verify(bytes, digest.new("sha256"):update(signed));
end

local function is_in_time(claims)
	local now = os.time();
	return type(claims.exp) == "number" and now < claims.exp
		and type(claims.nbf) == "number" and now >= claims.nbf;
end

-- Only text in context.user: a null there makes Jitsi's modules fail.
local function is_text_only(user)
	for _, value in pairs(user or {}) do
		if type(value) ~= "string" then return false; end
	end
	return true;
end

local function claims_of(token)
	local head, body, signature = (token or ""):match("^([%w_-]+)%.([%w_-]+)%.([%w_-]+)$");
	local header, claims = head and object_of(head), body and object_of(body);
	if not header or not claims or not is_signed(header, head .. "." .. body, signature) then return nil; end
	local known = issuers:contains(claims.iss) and audiences:contains(claims.aud);
	local whole = type(claims.room) == "string" and claims.room ~= "*" and type(claims.sub) == "string";
	local user = claims.context and claims.context.user;
	return known and whole and is_in_time(claims) and is_text_only(user) and claims or nil;
end

module:hook_global("bosh-session", function (event)
	local query = event.request.url.query;
	event.session.token = query and formdecode(query).token or nil;
end);

local provider = {};

function provider.get_sasl_handler(session)
	return sasl.new(module.host, {
		anonymous = function ()
			session.claims = claims_of(session.token);
			return session.claims ~= nil;
		end;
	});
end

-- Prosody's own ANONYMOUS asks again until it is told yes.
sasl.registerMechanism("ANONYMOUS", { "anonymous" }, function (self)
	self.username = new_id():lower();
	if self.profile.anonymous(self) then return "success"; end
	return "failure", "not-authorized";
end);

module:provides("auth", provider);
