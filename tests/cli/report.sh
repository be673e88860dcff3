# report.html says the whole result on one page that needs no network.
. "$CLI"

ls "$EEL_BIN"/share/eelstream/models/*.h5 >/dev/null 2>&1 || {
    echo "SKIPPED: no trained network is there"
    exit 77
}
expect 0 "$eelstream" synth --phantom phantom.hspy
expect 0 "$eelstream" map phantom.hspy -o maps --formats html
/usr/bin/python3 - <<'END' || exit 1
import base64
import json
import re
from html.parser import HTMLParser


class Page(HTMLParser):
    """Elements that are open, in order; text and attributes by section."""
    VOID = {"img", "meta", "br", "path", "link"}

    def __init__(self):
        super().__init__()
        self.open, self.sections, self.name = [], {"": []}, ""

    def handle_starttag(self, tag, attributes):
        if tag not in self.VOID:
            self.open.append(tag)
        self.sections[self.name].append((tag, dict(attributes)))

    def handle_startendtag(self, tag, attributes):
        self.sections[self.name].append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> closes what is not open"

    def handle_data(self, data):
        if self.open and self.open[-1] == "h2":
            self.name = data
            self.sections[data] = []
        else:
            self.sections[self.name].append(("text", data))


with open("maps/report.html") as file:
    text = file.read()
page = Page()
page.feed(text)
assert not page.open, page.open
report = json.load(open("maps/report.json"))
found = sorted((e for e in report["elements"] if e["found"]), key=lambda e: e["onset_ev"])
assert list(page.sections)[1:] == ["Maps", "Mean spectra", "Each element at its edge", "Every element", "Every pixel",
                                   "How it was made"], list(page.sections)


def tags(section, tag, **wanted):
    return [a for t, a in page.sections[section] if t == tag and all(a.get(k) == v for k, v in wanted.items())]


def words(section):
    return [data for t, data in page.sections[section] if t == "text"]


# --- nothing is asked of a network
for place in re.findall(r'(?:src|href|action)="([^"]*)"|url\(([^)]*)\)', text):
    assert (place[0] or place[1]).startswith("data:"), place
assert "<script" not in text and "<link" not in text and "@import" not in text

# --- maps: a picture of each found element, three of them together, regions
pictures = tags("Maps", "img")
assert [p["alt"].split()[2] for p in pictures[:-2]] == [e["symbol"] for e in found], pictures
assert pictures[-2]["alt"].startswith("Composite of three") and pictures[-1]["alt"].startswith("Regions"), pictures
for picture in pictures:
    kind, data = picture["src"].split(",")
    assert kind == "data:image/png;base64" and base64.b64decode(data)[1:4] == b"PNG"

# --- mean spectra: a curve for each region of the key, the found edges marked with their names
regions = [w for w in words("Mean spectra") if re.fullmatch(r"\d+ pixels", w)]
assert len(regions) >= 4, regions
assert len(tags("Mean spectra", "path", **{"class": "curve"})) == len(regions)
marks = tags("Mean spectra", "path", **{"class": "mark"})
assert len(marks) == len(found), marks
assert [w for w in words("Mean spectra") if w in {e["symbol"] for e in found}] == [e["symbol"] for e in found]

# --- each found element close up: where it is, where it is not
assert len(tags("Each element at its edge", "figure")) == len(found)
assert len(tags("Each element at its edge", "path", **{"class": "curve"})) == 2 * len(found)

# --- every class has a row, every pixel is accounted for, the settings are there
assert len(tags("Every element", "tr")) == 1 + len(report["elements"]) + 1
assert words("Every element").count("edge not recorded") == sum(not e["observable"] for e in report["elements"])
assert words("Every pixel").count("2304") == 2 and "none is missing" in words("Every pixel"), words("Every pixel")
made = words("How it was made")
for said in ("phantom.hspy", report["model"]["sha256"], report["run"], "90 to 908.8 eV, 2048 channels of 0.4 eV"):
    assert said in made, (said, made)
END

# --- the overview names the file, whatever folder it is said to be in
expect 0 "$eelstream" map phantom.hspy -o here --formats png
expect 0 "$eelstream" map "$PWD/phantom.hspy" -o there --formats png
cmp here/overview.png there/overview.png || fail "a path changes the overview"

# --- energies off by 30 eV: it says so, and by how much
expect 0 "$eelstream" map phantom.hspy -o moved --offset -30 --formats html
says "$out" "  check the energy axis: energies about "
/usr/bin/python3 - <<'END' || exit 1
import json
shift = json.load(open("moved/report.json"))["energy_shift"]
assert abs(shift["offset_ev"]) <= 8 and abs(shift["ev"] + 30 + shift["offset_ev"]) < 1, shift
assert len(shift["edges"]) >= 2 and set(shift["edges"]) <= {"C", "N", "O", "Ti", "Fe", "Cu", "Si"}, shift
assert "Check the energy axis.</b> energies about" in open("moved/report.html").read()
END

# --- made again: the same bytes; with another network it is not asked, with none that can be read nothing is written
cp moved/report.json before.json
expect 0 "$eelstream" writer -o moved --formats html
cmp moved/report.json before.json || fail "made again, the report differs"
expect 0 "$eelstream" writer -o moved --formats html --model "$EEL_BIN/share/eelstream/models/kong2022.h5"
one_line "$err"
says "$err" "kong2022.h5 is not the network of this run: it is not asked about the energy axis"
says moved/report.json '"energy_shift": null'
expect 1 "$eelstream" writer -o moved --formats html --model none.h5
one_line "$err"
says "$err" "none.h5"

# --- a region of few pixels and few counts does not press the others flat
/usr/bin/python3 - <<'END' || { [ $? -eq 77 ] && exit 77; exit 1; }
import sys
try:
    import h5py
    import numpy as np
except ImportError as error:
    print("SKIPPED: a noisy region:", error)
    sys.exit(77)
random = np.random.default_rng(1)
with h5py.File("phantom.hspy", "r+") as file:
    data = next(group["data"] for group in file["Experiments"].values())
    spectra = data[()]
    ev = 90 + 0.4 * np.arange(spectra.shape[2])
    spectra[...] = random.poisson(4 * spectra[20:28, 2:10].mean((0, 1)), spectra.shape)
    spectra[:6, :8] = random.poisson(20 * (ev / 90) ** -3, (6, 8, len(ev)))
    data[...] = spectra
END
expect 0 "$eelstream" map phantom.hspy -o noisy --formats html
/usr/bin/python3 - <<'END' || exit 1
import re
text = open("noisy/report.html").read().split("<h2>Mean spectra")[1].split("</section>")[0]
pixels = [int(n) for n in re.findall(r"<small>([0-9]+) pixels", text)]
numbers = [float(n) for n in re.findall(r'<i class="y"[^>]*>([0-9.]+)<', text)]
assert 48 in pixels, pixels
assert max(numbers) <= 2, numbers # its own noise reaches 4
END
exit 0
