# SPDX-License-Identifier: MIT
"""Headless Chromium over its DevTools pipe (file descriptors 3 and 4, messages end in NUL): no sockets, the standard library alone."""
import json
import os
import select
import subprocess
import tempfile
import time


class Browser:
    def __init__(self, program):
        self.folder = tempfile.TemporaryDirectory(prefix="metagame-browser-")
        down_read, self.down = os.pipe()
        self.up, up_write = os.pipe()
        # the browser wants its ends at 3 and 4
        command = ["sh", "-c", f'exec "$0" "$@" 3<&{down_read} 4>&{up_write}', program, "--headless=new", "--remote-debugging-pipe", "--no-sandbox",
                   "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
                   "--disable-dev-shm-usage", "--force-device-scale-factor=1", f"--user-data-dir={self.folder.name}", "about:blank"]
        self.process = subprocess.Popen(command, pass_fds=(down_read, up_write), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(down_read)
        os.close(up_write)
        self.rest, self.last, self.events = b"", 0, []

    def close(self):
        try:
            self.call("Browser.close")
        except (RuntimeError, OSError):
            pass
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.down)
        os.close(self.up)
        for _ in range(20):
            try:
                self.folder.cleanup()
                return
            except OSError:
                time.sleep(0.2)  # children are still writing

    def message(self, deadline):
        while b"\0" not in self.rest:
            if not select.select([self.up], [], [], max(0, deadline - time.monotonic()))[0]:
                return None
            more = os.read(self.up, 1 << 16)
            if not more:
                raise RuntimeError("the browser ended")
            self.rest += more
        text, self.rest = self.rest.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, session=None, seconds=60, **parameters):
        self.last += 1
        text = {"id": self.last, "method": method, "params": parameters}
        if session:
            text["sessionId"] = session
        self.write(json.dumps(text).encode() + b"\0")
        deadline = time.monotonic() + seconds
        while True:
            got = self.message(deadline)
            if got is None:
                raise RuntimeError(f"no answer to {method}")
            if got.get("id") == self.last:
                if "error" in got:
                    raise RuntimeError(f"{method}: {got['error']['message']}")
                return got["result"]
            if "method" in got:
                self.events.append(got)

    def write(self, data):
        while data:
            data = data[os.write(self.down, data):]


class Tab:
    """One page at one width and theme."""

    def __init__(self, browser, width, height, dark, script=True):
        self.browser = browser
        self.target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = browser.call("Target.attachToTarget", targetId=self.target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.call(f"{domain}.enable")
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        if not script:
            self.call("Emulation.setScriptExecutionDisabled", value=True)

    def call(self, method, **parameters):
        return self.browser.call(method, session=self.session, **parameters)

    def open(self, path):
        self.browser.events.clear()
        self.call("Page.navigate", url=path.resolve().as_uri())
        deadline = time.monotonic() + 60
        while not any(event["method"] == "Page.loadEventFired" for event in self.browser.events):
            got = self.browser.message(deadline)
            if got is None:
                raise RuntimeError(f"{path} did not load")
            self.browser.events.append(got)
        self.call("Runtime.evaluate", expression="0")

    def requests(self):
        return [event["params"]["request"]["url"] for event in self.browser.events if event["method"] == "Network.requestWillBeSent"]

    def complaints(self):
        """What the console, the log and uncaught exceptions say."""
        for event in self.browser.events:
            parameters = event.get("params", {})
            if event["method"] == "Runtime.exceptionThrown":
                yield json.dumps(parameters["exceptionDetails"])[:300]
            elif event["method"] == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning", "assert"):
                yield json.dumps(parameters["args"])[:300]
            elif event["method"] == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
                yield parameters["entry"]["text"][:300]

    def evaluate(self, expression):
        got = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in got:
            raise RuntimeError(json.dumps(got["exceptionDetails"])[:600])
        return got["result"].get("value")

    def key(self, name, **more):
        codes = {"Tab": 9, "Enter": 13, "Escape": 27, "End": 35, "Home": 36, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, " ": 32}
        text = {"Enter": "\r", " ": " "}.get(name)
        self.call("Input.dispatchKeyEvent", type="keyDown", key=name, code=name, windowsVirtualKeyCode=codes[name], **({"text": text} if text else {}), **more)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=name, code=name, windowsVirtualKeyCode=codes[name], **more)

    def close(self):
        self.browser.call("Target.closeTarget", targetId=self.target)
