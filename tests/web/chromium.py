"""Headless Chromium: Debian's, with the driver of the same version, so that nothing is fetched for it."""

import os
import shutil
from pathlib import Path

from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.support.ui import WebDriverWait

DRIVER = shutil.which("chromedriver")
SWITCHES = (
    "--headless=new",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-sync",
    "--no-first-run",
    "--window-size=1280,1600",
)


def open_browser(profile: Path) -> Chrome:
    """Return a Chromium without a history that logs each request it makes."""
    options = ChromeOptions()
    for switch in (*SWITCHES, f"--user-data-dir={profile}"):
        options.add_argument(switch)
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    return Chrome(options=options, service=ChromeService(executable_path=DRIVER))


def emulate(browser: Chrome, *, scheme: str, width: int) -> None:
    """Set the browser's preferred colour scheme and the size of its screen in pixels."""
    browser.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    )
    screen = {"width": width, "height": 1200, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)


def keep_picture(browser: Chrome, name: str) -> None:
    """Write what the browser shows to the folder of DIRECTORY_TEST_PICTURES, if that is set."""
    if folder := os.environ.get("DIRECTORY_TEST_PICTURES"):
        browser.save_screenshot(str(Path(folder) / f"{name}.png"))


def wait(browser: Chrome) -> WebDriverWait[Chrome]:
    """Return what waits until the page has come so far."""
    return WebDriverWait(browser, 30)
