"""A second opinion on unified social credit codes, written from the text of GB 32100-2015 and GB 11714-1997 and not from
core/uscc.ts: it never computes a check character, but tests the congruences that a right code fulfils.

Reads codes from standard input, one a line; writes `verdict<TAB>check 18 holds<TAB>check 17 holds` for each.
"""
import sys

SET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def holds_18(code):
    # GB 32100: the weighted sum of the first 17 plus the value of the 18th is a multiple of 31; weight i is 3^(i-1).
    total = sum(SET.index(c) * pow(3, i) for i, c in enumerate(code[:17]))
    return (total + SET.index(code[17])) % 31 == 0


def holds_17(code):
    # GB 11714: the weighted sum of the eight plus the ninth (X is 10) is a multiple of 11; digits and letters in base 36.
    total = sum(int(c, 36) * w for c, w in zip(code[8:16], (3, 7, 9, 10, 5, 8, 4, 2)))
    last = 10 if code[16] == "X" else int(code[16], 36)
    return last <= 10 and (code[16] == "X" or last < 10) and (total + last) % 11 == 0


for line in sys.stdin:
    code = line.strip().upper()
    if len(code) != 18 or any(c not in SET for c in code) or not code[2:8].isdigit():
        print("bad-shape\t-\t-")
        continue
    first, second = holds_18(code), holds_17(code)
    verdict = "ok" if first and second else "bad-check-digit" if not first else "bad-organisation-code"
    print(f"{verdict}\t{int(first)}\t{int(second)}")
