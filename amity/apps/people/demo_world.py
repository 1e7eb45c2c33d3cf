"""Names, places and firms of the example data. All invented; numbers and addresses are ones nobody has."""

from __future__ import annotations

from typing import NamedTuple


class Culture(NamedTuple):
    """Where some of the example people come from.

    `first` and `last` hold `written=latin` where the two differ (the latin form makes the e-mail address);
    `first` may hold a patronymic too, as `first~middle=latin`.
    `phones` are ranges kept free for drama, or not given to anybody, with # for a digit.
    """

    language: str
    country: str
    weight: int
    first: str
    last: str
    cities: str
    phones: tuple[str, ...]
    firms: str
    forms: tuple[str, ...]


CULTURES = (
    Culture(
        "tr", "TR", 20,
        "Ayşe Mehmet Zeynep Mustafa Elif Emre Fatma Can İpek Oğuz Işıl Ümit Gülşah Çağla Barış Şule Deniz",
        "Yılmaz Kaya Demir Şahin Çelik Yıldız Öztürk Aydın Özdemir Arslan Doğan Kılıç Aslan Çetin Koç Işık",
        "İzmir|35210|Konak;İstanbul|34394|Şişli;Ankara|06420|Çankaya;Bursa|16220|Osmangazi",
        ("+90 599 000 ## ##", "+90 213 000 ## ##"),
        "Kardelen Ege Boğaz Çınar Güneş Anadolu Yakamoz Defne Işıl Zeytin",
        ("Tekstil A.Ş.", "Lojistik", "Gıda Ltd."),
    ),
    Culture(
        "ta", "IN", 14,
        "முருகன்=Murugan கவிதா=Kavitha செல்வம்=Selvam மீனாட்சி=Meenakshi அருண்=Arun தமிழ்செல்வி=Tamilselvi கார்த்திக்=Karthik "
        "லட்சுமி=Lakshmi பாலா=Bala நந்தினி=Nandhini குமரன்=Kumaran பிரியா=Priya",
        "கா.=K ச.=S மு.=M ரா.=R அ.=A பெ.=P த.=T வெ.=V",
        "சென்னை|600017|தமிழ்நாடு;மதுரை|625001|தமிழ்நாடு;Coimbatore|641018|Tamil Nadu",
        ("+91 50000 0####",),
        "Vaigai Kaveri Pongal Marina Mayil Thamarai Nila Kurinji", ("Exports", "Mills", "Traders Pvt Ltd"),
    ),
    Culture(
        "cy", "GB", 10,
        "Siân Rhys Angharad Gethin Lowri Ieuan Carys Dafydd Eleri Huw Ffion Llŷr",
        "Jones Evans Roberts Griffiths Llywelyn Pryce Bowen ap=Gwilym Morgan Rees",
        "Caerdydd|CF10 1AA|Cymru;Aberystwyth|SY23 2AX|Ceredigion;Abertawe|SA1 1DP|Cymru",
        ("029 2018 0###", "07700 900###"),
        "Eryri Cambria Gwynedd Taliesin Afon Heulwen Ddraig Cader", ("Cyf.", "Bakery", "Crafts"),
    ),
    Culture(
        "en", "GB", 18,
        "Oliver Amelia George Isla Harry Ava Noah Emily Jack Sophie Leo Grace Arthur Freya Thomas Chloe Samuel Priya",
        "Smith Taylor Brown Wilson Davies Walker Wright Thompson Hughes Edwards Green Hall Clarke Patel O'Neill Shaw",
        "London|EC1A 1BB|England;Manchester|M1 1AE|England;Leeds|LS1 1UR|England;Edinburgh|EH1 1YZ|Scotland",
        ("020 7946 0###", "0161 496 0###", "07700 900###"),
        "Harbour Northgate Oakfield Brightside Meridian Foxglove Stonebridge Kestrel Larkhill Ashdown",
        ("Ltd", "& Sons", "Partners", "Supplies"),
    ),
    Culture(
        "de", "DE", 14,
        "Jürgen Anna Lukas Lena Maximilian Sophie Felix Mia Björn Käthe Jonas Hannah Matthias Ursula Sören Greta",
        "Müller Schmidt Schäfer Weiß Köhler Groß Böhm Vogel Krüger Jäger Straußmann Lange Fuchs Bäcker",
        "Berlin|10115|Berlin;Frankfurt am Main|60311|Hessen;Hamburg|20095|Hamburg;Köln|50667|Nordrhein-Westfalen",
        ("+49 30 23125 ###", "+49 69 90009 ###", "+49 40 66969 ###", "+49 176 040690##"),
        "Nordlicht Rheingold Silberbach Lindenhof Falkenstein Grünwald Elbtal Sonnenberg", ("GmbH", "AG", "& Co. KG"),
    ),
    Culture(
        "pl", "PL", 10,
        "Małgorzata Paweł Agnieszka Łukasz Katarzyna Michał Zofia Grzegorz Żaneta Wojciech Jagoda Stanisław",
        "Nowak Kowalski Wiśniewski Wójcik Lewandowski Zieliński Dąbrowski Mazur Łuczak Pawłowski",
        "Warszawa|00-001|mazowieckie;Kraków|31-001|małopolskie;Łódź|90-001|łódzkie",
        ("+48 100 000 ###",),
        "Bałtyk Tatry Wisła Jantar Orzeł Mazury", ("Sp. z o.o.", "S.A.", "Transport"),
    ),
    Culture(
        "ja", "JP", 7,
        "太郎=Taro 花子=Hanako 健=Ken 美咲=Misaki 翔太=Shota 陽子=Yoko 大輔=Daisuke 愛=Ai",
        "田中=Tanaka 佐藤=Sato 鈴木=Suzuki 高橋=Takahashi 渡辺=Watanabe 山本=Yamamoto 小林=Kobayashi",
        "東京|100-0001|東京都;大阪|530-0001|大阪府;京都|600-8216|京都府",
        ("+81 3 0000 ####",),
        "Sakura Fuji Aoba Minato Hikari", ("K.K.", "Trading"),
    ),
    Culture(
        "ru", "KZ", 7,
        "Анна~Сергеевна=Anna Иван~Петрович=Ivan Мария~Андреевна=Maria Дмитрий~Сергеевич=Dmitry Ольга~Ивановна=Olga "
        "Сергей~Андреевич=Sergey Екатерина~Павловна=Ekaterina Алексей~Иванович=Alexey",
        "Иваненко=Ivanenko Кузнец=Kuznets Павленко=Pavlenko Мороз=Moroz Зима=Zima Коваль=Koval Чайка=Chaika",
        "Алматы|050000|Алматы;Астана|010000|Астана",
        ("+7 100 000-##-##",),
        "Сокол=Sokol Берёза=Bereza Восток=Vostok Степь=Step", ("ТОО", "Логистик"),
    ),
)  # fmt: skip

INDUSTRIES = (
    "Logistics", "Textiles", "Food", "Furniture", "Education", "Health care", "Construction", "Software",
    "Tourism", "Agriculture", "Printing", "Retail",
)  # fmt: skip
JOBS = (
    "Managing director", "Buyer", "Head of logistics", "Accountant", "Office manager", "Sales manager",
    "Warehouse lead", "Founder", "Assistant", "Quality manager",
)  # fmt: skip
DEPARTMENTS = ("Purchasing", "Logistics", "Finance", "Sales", "Management")
STREETS = ("Station Road", "Market Square", "Harbour Street", "Mill Lane")
TAGS = ("Newsletter", "Key account", "Trade fair", "Wholesale", "Prefers phone", "Export", "Pays late", "VIP")
NOTES = (
    "Asked for a price list by Friday. Prefers e-mail to phone calls.",
    "Met at the trade fair; interested in monthly deliveries from spring.",
    "Called back: the last delivery came one day late, but complete. Promised a call after the next one.",
    "New warehouse opens next month. Send the opening hours to the drivers.",
    "Wants invoices to the accounts department from now on.",
    "Happy with the trial order. Follow up in two weeks with an offer for 12 months.",
    "On parental leave until autumn; a colleague answers meanwhile.",
    "Would like samples of the new range.\nColours: blue and natural.",
    "Asked whether we deliver to the islands. Checked: yes, on Tuesdays.",
    "Budget is decided in October. Do not push before.",
)
GOODS = (
    "Olive oil",
    "Cotton yarn",
    "Oak chairs",
    "School books",
    "Ceramics",
    "Tea",
    "Honey",
    "Bicycle parts",
    "Wool",
)
COLLEAGUES = (
    ("mara@example.com", "Mara Lindqvist", "manager", "Sales"),
    ("tomos@example.com", "Tomos Parry", "member", "Sales"),
    ("deniz@example.com", "Deniz Aksoy", "member", "Service"),
)
