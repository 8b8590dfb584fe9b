"""Serve the page to this machine, or, where that is asked for, to others."""

import ipaddress
import logging
import os
import socket
from collections.abc import Callable
from importlib import util
from typing import Any

from corpus.problem import Problem
from experiments.app.guard import Guard
from experiments.app.intake import Limits
from experiments.app.passing import Passing, passing_folder
from experiments.prediction.system import System

__all__ = ["application", "check_gradio", "is_loopback", "listen", "serve", "server_of"]

NAMES = ["localhost", "127.0.0.1", "[::1]"]  # that a browser here may call us by
PATIENCE = 2  # seconds for what is going on when the page is stopped
FONTS = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif"]
CODE = ["ui-monospace", "Menlo", "Consolas", "DejaVu Sans Mono", "monospace"]


def check_gradio() -> None:
    """See that Gradio is installed.

    Raises:
        Problem: If it is not.
    """
    if util.find_spec("gradio") is None:
        raise Problem(
            "the page needs gradio, which is not installed; run "
            "`pip install 'emostack[app]'`."
        )


def is_loopback(host: str) -> bool:
    """Whether an address can be reached from this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens; port 0 is any that is free.

    Raises:
        Problem: If that address cannot be had.
    """
    kind = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(kind, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host.strip("[]"), port))
        sock.listen()
    except OSError as error:
        sock.close()
        raise Problem(
            f"{host}:{port} cannot be listened on ({(error.strerror or '').lower()}); "
            f"name another --port (0 for any that is free) or --host."
        ) from error
    return sock


def application(system: System, *, host: str, passing: Passing, limits: Limits) -> Any:
    """Return the page as an ASGI application.

    Args:
        system: Who answers.
        host: What it is served on.
        passing: Where clips arrive.
        limits: What they may be.
    """
    # Gradio reads these when it is imported, and when components are made.
    os.environ |= {
        "GRADIO_TEMP_DIR": str(passing.handed_in),
        "GRADIO_ANALYTICS_ENABLED": "False",
        "GRADIO_RUN_HISTORY": "False",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_OFFLINE": "1",
    }
    import gradio
    from fastapi import FastAPI
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    from experiments.app.page import page, style

    blocks = page(system, passing=passing, limits=limits)
    theme = gradio.themes.Base(
        primary_hue=gradio.themes.colors.blue,
        neutral_hue=gradio.themes.colors.slate,
        radius_size=gradio.themes.sizes.radius_sm,
        font=FONTS,
        font_mono=CODE,
    ).set(**_colours())
    app = gradio.mount_gradio_app(
        FastAPI(openapi_url=None),
        blocks,
        path="/",
        server_name=host,
        footer_links=[],
        run_history=False,
        max_file_size=limits.bytes,
        ssr_mode=False,
        pwa=False,
        enable_monitoring=False,
        mcp_server=False,
        show_error=True,
        theme=theme,
        # Not as `css`, which is taken to pieces there and loses borders and fonts.
        head=f"<style>{style()}</style>",
    )
    app.add_middleware(Guard, most=limits.bytes)
    if is_loopback(host):  # else a site elsewhere may point its name at this machine
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=[*NAMES, host])
    return app


def _colours() -> dict[str, str]:
    """Return the colours of `app.css`, for what Gradio draws: light, then dark."""
    both = {
        "body_background_fill": ("#ffffff", "#14181d"),
        "background_fill_primary": ("#ffffff", "#14181d"),
        "background_fill_secondary": ("#f4f6f8", "#1b2128"),
        "block_background_fill": ("#f4f6f8", "#1b2128"),
        "block_label_background_fill": ("#f4f6f8", "#1b2128"),
        "block_label_text_color": ("#57616e", "#9ba6b3"),
        "body_text_color": ("#1a1f26", "#e4e7eb"),
        "body_text_color_subdued": ("#57616e", "#9ba6b3"),
        "border_color_primary": ("#c3cad2", "#414b57"),
        "block_border_color": ("#c3cad2", "#414b57"),
        "link_text_color": ("#0b5cad", "#7cb8f2"),
    }
    return {name: light for name, (light, _) in both.items()} | {
        f"{name}_dark": dark for name, (_, dark) in both.items()
    }


def serve(
    system: System,
    *,
    host: str,
    port: int,
    limits: Limits,
    ready: Callable[[str], None] = lambda address: None,
) -> None:
    """Serve the page until it is interrupted; nothing of it is left then.

    Args:
        system: Who answers.
        host: What to listen on.
        port: The same; 0 for any that is free.
        limits: What clips may be.
        ready: Called with the page's address.

    Raises:
        Problem: If that cannot be listened on.
        KeyboardInterrupt: When it was interrupted.
    """
    sock = listen(host, port)
    with sock, passing_folder() as passing:
        app = application(system, host=host, passing=passing, limits=limits)
        named = f"[{host.strip('[]')}]" if ":" in host else host
        ready(f"http://{named}:{sock.getsockname()[1]}")
        server_of(app).run(sockets=[sock])


def server_of(app: Any) -> Any:
    """Return the server of an application, a `uvicorn.Server`."""
    import uvicorn

    class Server(uvicorn.Server):
        async def shutdown(self, sockets: Any = None) -> None:
            # Pages that are open wait for news: that they are cut off is no error.
            logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
            await super().shutdown(sockets)

    return Server(
        uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=PATIENCE)
    )
