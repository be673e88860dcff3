"""browser - a headless Chromium, driven through chromedriver (W3C WebDriver) with what Python has.

    with Browser(1280, 800, dark=True) as b:
        b.open(url)
        b.wait("return document.title !== ''")
        b.script("return 1 + arguments[0]", 2)
        b.press(element_css, KEYS["right"])
        b.shot("page.png")
"""
import base64, json, os, shutil, subprocess, tempfile, time, urllib.error, urllib.request

KEYS = {"left": "\ue012", "up": "\ue013", "right": "\ue014", "down": "\ue015", "escape": "\ue00c",
        "tab": "\ue004", "enter": "\ue007", "shift": "\ue008"}


def missing():
    """The name of a program that is not there, or None."""
    for names in (("chromium", "chromium-browser", "google-chrome"), ("chromedriver",)):
        if not any(map(shutil.which, names)):
            return names[0]
    return None


class Browser:
    def __init__(self, width, height, dark=True, scale=1, mobile=False):
        self.size, self.dark, self.scale, self.mobile = (width, height), dark, scale, mobile

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="eel-browser-")
        self.driver = subprocess.Popen(["chromedriver", "--port=0", "--log-level=SEVERE"],
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for line in self.driver.stdout:
            if "successfully on port" in line:
                self.base = "http://127.0.0.1:" + line.split("port")[1].strip(" .\n")
                break
        args = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--hide-scrollbars", "--no-first-run", f"--user-data-dir={self.folder}/profile"]
        wanted = {"browserName": "chrome", "goog:chromeOptions": {"args": args}, "goog:loggingPrefs": {"browser": "ALL"}}
        chrome = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        wanted["goog:chromeOptions"]["binary"] = chrome
        self.session = self.call("POST", "/session", {"capabilities": {"alwaysMatch": wanted}}, bare=True)["sessionId"]
        self.look(*self.size, self.dark, self.scale, self.mobile)
        return self

    def look(self, width, height, dark=True, scale=1, mobile=False):
        """Another screen."""
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=mobile)
        self.devtools("Emulation.setTouchEmulationEnabled", enabled=mobile)
        self.devtools("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def __exit__(self, *_):
        try:
            self.call("DELETE", "")
        except (OSError, RuntimeError):
            pass
        self.driver.terminate()
        self.driver.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def call(self, method, path, body=None, bare=False):
        url = self.base + path if bare else f"{self.base}/session/{self.session}{path}"
        data = None if method in ("GET", "DELETE") else json.dumps(body or {}).encode()
        request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as reply:
                return json.load(reply)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(json.load(error)["value"]["message"]) from None

    def devtools(self, command, **params):
        return self.call("POST", "/goog/cdp/execute", {"cmd": command, "params": params})

    def open(self, url):
        self.call("POST", "/url", {"url": url})

    def script(self, text, *arguments):
        return self.call("POST", "/execute/sync", {"script": text, "args": list(arguments)})

    def wait(self, text, *arguments, seconds=60, what=None):
        deadline = time.monotonic() + seconds
        while True:
            value = self.script(text, *arguments)
            if value:
                return value
            if time.monotonic() > deadline:
                raise AssertionError(f"after {seconds} s: not so: {what or text}")
            time.sleep(0.05)

    def element(self, css):
        found = self.call("POST", "/element", {"using": "css selector", "value": css})
        return next(iter(found.values()))

    def press(self, css, keys):
        """Keys for an element, which gets the focus."""
        self.script("document.querySelector(arguments[0]).focus()", css)
        down = [{"type": kind, "value": k} for k in keys for kind in ("keyDown", "keyUp")]
        self.call("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": down}]})

    def pointer(self, css, x, y, click=True):
        """Moves to a place in an element, a share of its width and height, and clicks."""
        self.script("document.querySelector(arguments[0]).scrollIntoView({block: 'center'})", css)
        box = self.script("const r = document.querySelector(arguments[0]).getBoundingClientRect();"
                          "return [r.x, r.y, r.width, r.height]", css)
        at = {"x": round(box[0] + x * box[2]), "y": round(box[1] + y * box[3])}
        steps = [{"type": "pointerMove", "duration": 0, **at}]
        if click:
            steps += [{"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        self.call("POST", "/actions", {"actions": [
            {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": steps}]})

    def shot(self, path, whole=False):
        options = {"format": "png"}
        if whole:
            options["captureBeyondViewport"] = True
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.devtools("Page.captureScreenshot", **options)["data"]))

    def complaints(self):
        """What the page's console says at level SEVERE."""
        return [line["message"] for line in self.call("POST", "/se/log", {"type": "browser"}) if line["level"] == "SEVERE"]
