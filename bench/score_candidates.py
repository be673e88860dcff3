#!/usr/bin/env python3
"""How often `eelstream identify` lists the right element for an edge of none of the twenty.

usage: bench/score_candidates.py CATALOG.csv [--eelstream B] [--model M.h5]

The catalog of bench/score_real.py, whose column other_edges says which such edges a measured file has ("La_M"). The first
is right where the likeliest candidate of some edge that is told is of that element.
"""
import csv, os, sys

from score_real import ask, measured, parser_for


def candidates_of(answer):
    """Lists of elements, one for each edge that is told."""
    return [[name.split()[0] for name in edge["candidates"]] for edge in answer["other_edges"]]


def main():
    args = parser_for(__doc__, None).parse_args()
    files = seen = first = listed = 0
    with open(args.catalog, newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["other_edges"].strip() and measured(row)]
    for row in rows:
        answer, words = ask(args, os.path.dirname(args.catalog), row)
        if answer is None:
            print(f"not read: {words}", file=sys.stderr)
            continue
        told, real = candidates_of(answer), {edge.split("_")[0] for edge in row["other_edges"].split(";")}
        files += 1
        seen += bool(told)
        first += any(names[:1] and names[0] in real for names in told)
        listed += any(real & set(names) for names in told)
        print(f'{row["file"][-60:]:<60}  {" ".join(sorted(real)):<6} {"; ".join(" ".join(names) for names in told) or "none told"}')
    print(f"\nfiles {files}  an edge told {seen}  first right {first}  among those listed {listed}")


if __name__ == "__main__":
    main()
