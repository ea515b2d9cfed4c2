"""The headers of every answer: what a browser may load, run, ask for and keep."""

from urllib.parse import urlsplit

REPORTS_PATH = "/reports"
_CALL_PERMISSIONS = (
    "camera=(self), microphone=(self), display-capture=(self), autoplay=(self), fullscreen=(self), "
    "screen-wake-lock=(self), geolocation=(), usb=(), serial=(), bluetooth=(), payment=(), "
    "browsing-topics=()"
)
_OTHER_PERMISSIONS = (
    "camera=(), microphone=(), display-capture=(), geolocation=(), usb=(), serial=(), "
    "bluetooth=(), payment=(), browsing-topics=()"
)
_FIXED = {
    "Reporting-Endpoints": f'csp="{REPORTS_PATH}/csp"',
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def content_policy(*, public_url: str, nonce: str, call_page: bool, jitsi_host: str = "") -> str:
    """The Content-Security-Policy of one answer; `jitsi_host` is where the call page's frame is.

    `connect-src` spells the socket's address out, because older Safari does not count it as
    'self'. Source: CSP level 3; the `webrtc` directive is ignored where it is not known.
    """
    address = urlsplit(public_url)
    secure = address.scheme == "https"
    socket = f"{'wss' if secure else 'ws'}://{address.netloc}"
    frames = f"https://{jitsi_host}" if jitsi_host else "'none'"
    rules = [
        "default-src 'none'",
        "base-uri 'none'",
        "object-src 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
        f"script-src 'nonce-{nonce}' 'strict-dynamic'",
        f"style-src 'self' 'nonce-{nonce}'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "worker-src 'self'",
        "manifest-src 'self'",
        f"connect-src 'self' {socket}",
        "require-trusted-types-for 'script'",
        "report-to csp",
    ]
    rules += ["media-src 'self' blob:", f"frame-src {frames}"] if call_page else ["webrtc 'block'"]
    if secure:
        rules.append("upgrade-insecure-requests")
    return "; ".join(rules)


def _call_permissions(jitsi_host: str) -> str:
    """What the call page may use, and the frame of Jitsi in it."""
    if not jitsi_host:
        return _CALL_PERMISSIONS
    return _CALL_PERMISSIONS.replace("=(self)", f'=(self "https://{jitsi_host}")')


# A worker has the policy of its own answer: here, and nowhere else, WebAssembly may be compiled.
_BLUR_WORKER = "/static/assets/blur-worker-"
_BLUR_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"


def security_headers(
    *, public_url: str, nonce: str, call_page: bool, jitsi_host: str = "", path: str = ""
) -> dict[str, str]:
    """All headers that every answer carries, whatever it says; `path` is what was asked for."""
    headers = {
        **_FIXED,
        "Content-Security-Policy": content_policy(
            public_url=public_url, nonce=nonce, call_page=call_page, jitsi_host=jitsi_host
        ),
        "Permissions-Policy": _call_permissions(jitsi_host) if call_page else _OTHER_PERMISSIONS,
    }
    if path.startswith(_BLUR_WORKER):
        headers["Content-Security-Policy"] = _BLUR_POLICY
    if public_url.startswith("https://"):
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return headers
