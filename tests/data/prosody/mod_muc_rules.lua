-- A token opens one room of one domain and no other (enable_domain_verification), and whoever is
-- moderator by it becomes owner.

local jid = require "util.jid";
local st = require "util.stanza";

local function check(event)
	local claims = event.origin.claims;
	local bare = jid.bare(event.stanza.attr.to);
	if claims and bare == claims.room:lower() .. "@conference." .. claims.sub then return; end
	event.origin.send(st.error_reply(event.stanza, "cancel", "not-allowed", "another room"));
	return true;
end

module:hook("muc-room-pre-create", check, 99);
module:hook("muc-occupant-pre-join", function (event)
	if check(event) then return true; end
	local moderates = event.origin.claims.context.user.moderator == "true";
	local affiliation = moderates and "owner" or "member";
	event.room:set_affiliation(true, event.occupant.bare_jid, affiliation);
	event.occupant.role = event.room:get_default_role(affiliation);
end, 99);
