def day_first(locale): return True
def country_code(t, languages=("en",)): return t if len(t)==2 else None
def country_name(c, l): return c
def language_choices(l): return [("en","English"),("tr","Turkish")]
