from dataclasses import dataclass
@dataclass(frozen=True)
class NameParts:
    prefix: str = ""
    first: str = ""
    middle: str = ""
    last: str = ""
    suffix: str = ""
    nickname: str = ""
def parse_name(full, *, culture=""):
    f, _, l = full.rpartition(" ")
    return NameParts(first=f or l, last=l if f else "")
def full_name(p, *, culture=""):
    return " ".join(x for x in (p.prefix, p.first, p.middle, p.last, p.suffix) if x)
