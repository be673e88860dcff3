"""The page in a real browser: `eelstream view` serves a run, and this drives it. Usage: test_page.py BUILD

Skipped, by name, where there is no Chromium. With EEL_SHOTS=DIR it leaves pictures there.
"""
import os, subprocess, sys, tempfile

from browser import KEYS, Browser, missing

build = os.path.abspath(sys.argv[1])
shots = os.environ.get("EEL_SHOTS")


def check(what, truth):
    if not truth:
        raise AssertionError(f"not so: {what}")
    print(f"ok: {what}", flush=True)


def text(b, css):
    return b.script("return document.querySelector(arguments[0]).textContent", css)


def shot(b, name):
    if shots:
        b.shot(os.path.join(shots, name + ".png"), whole=True)


def wide(b):
    b.wait("return document.querySelectorAll('#tiles figure').length >= 2", what="a map per found element")
    names = b.script("return [...document.querySelectorAll('#tiles .name')].map(e => e.textContent)")
    check("the found elements have maps, by onset energy", names == ["Ti L₂,₃", "O K", "Mn L₂,₃"])
    check("the poisoned pixels are counted in the legend",
          "17" in text(b, "#legend [data-state=poison]"))
    check("a run with absences is not called complete", text(b, "#state") == "incomplete")
    check("the keys are told", b.script("return document.querySelector('#keys span').offsetParent !== null"))
    check("nor all of it measured", text(b, "#done") == "343 of 360 pixels, 95 %")
    check("the size is told in physical units", "45 nm × 18 nm" in text(b, "#subtitle"))
    check("without a pixel the mean spectrum is shown", text(b, "#inspect-title") == "Mean spectrum")
    drawn = b.script("""const c = document.querySelector('#spectrum'), d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
        let n = 0;
        for (let i = 0; i < d.length; i += 4) n += d[i] > 200 && d[i + 1] > 200 && d[i + 2] > 200 && d[i + 3] > 200;
        return n;""")
    check(f"and its curve is drawn ({drawn} points of it)", drawn > 300)
    shot(b, "wide-dark")

    b.pointer("#composite canvas", .3, .3)
    b.wait("return document.getElementById('inspect-title').textContent.startsWith('Pixel')", what="a click chooses a pixel")
    b.wait("return document.getElementById('list-title').textContent.startsWith('Prob')", what="its probabilities are listed")
    check("that its spectrum is not kept is said", "not kept" in text(b, "#note"))
    before = text(b, "#inspect-title")
    b.press("#composite canvas", [KEYS["right"], KEYS["down"]])
    b.wait("return document.getElementById('inspect-title').textContent !== arguments[0]", before, what="arrows move to another pixel")
    b.wait("return document.getElementById('inspect').ariaBusy === 'false'", what="the answer comes")
    both = b.script("""const at = (list, value) => [...document.querySelectorAll(list)].find(
            e => e.querySelector('.name').textContent === 'Ti L₂,₃').querySelector(value).textContent.match(/[\\d.]+$/)[0];
        return [at('#tiles figure', '.value'), at('#list li', '.p')].map(Number);""")
    check(f"map and list say the same of it: {both}", abs(both[0] - both[1]) < .011)
    shot(b, "wide-dark-pixel")
    b.press("#composite canvas", [KEYS["escape"]])
    b.wait("return document.getElementById('inspect-title').textContent === 'Mean spectrum'", what="Esc lets the pixel go")
    b.press("#list li", [KEYS["enter"]])
    check("Enter on an element shows its edge", not b.script("return document.getElementById('whole').hidden"))
    b.script("document.getElementById('whole').click()")
    b.script("const s = document.querySelector('#composite select'); s.value = ''; s.dispatchEvent(new Event('change'))")
    check("a channel of the composite can be empty", b.script("return document.querySelector('#composite select').value") == "")


def pixels(b):
    """Poisoned pixels are drawn, in the colour of the legend, which no probability has."""
    found = b.script("""const c = document.querySelector('#composite canvas');
        const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
        let n = 0;
        for (let i = 0; i < d.length; i += 4) n += d[i] === 0xff && d[i + 1] === 0xb3 && d[i + 2] === 0xe1;
        return n;""")
    check(f"absent pixels have a colour of their own ({found} points of it)", found > 500)


def narrow(b, name):
    b.wait("return document.querySelectorAll('#tiles figure').length >= 2", what="maps on a phone")
    check("a phone is told of no keys", b.script("return document.querySelector('#keys span').offsetParent === null"))
    check("nothing is wider than the screen", b.script("return document.documentElement.scrollWidth <= window.innerWidth"))
    shot(b, name)


def main():
    lacks = missing()
    if lacks:
        print(f"SKIPPED: {lacks} is not installed (Debian: chromium, chromium-driver)")
        return 77
    with tempfile.TemporaryDirectory(prefix="eel-page-") as folder:
        subprocess.run([f"{build}/make_outputs", folder], check=True, stdout=subprocess.DEVNULL)
        server = subprocess.Popen([f"{build}/eelstream-view", folder, "--listen", "127.0.0.1:0"],
                                  stdout=subprocess.PIPE, text=True)
        url = server.stdout.readline().strip()
        try:
            with Browser(1600, 1000, dark=True) as b:
                b.open(url)
                wide(b)
                pixels(b)
                check("the page has no complaints", b.complaints() == [])
                for scheme in ("dark", "light"):
                    b.look(390, 844, scheme == "dark", scale=2, mobile=True)
                    b.open(url)
                    narrow(b, f"phone-{scheme}")
                server.terminate()
                server.wait()
                b.wait("return 'lost' in document.getElementById('link').dataset", what="a page that is left alone says so")
        finally:
            server.kill()
            server.wait()
    return 0


sys.exit(main())
