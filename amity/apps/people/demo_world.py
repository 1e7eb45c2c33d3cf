"""Names, places and firms of the example data. All invented; numbers and addresses are ones nobody has."""

from __future__ import annotations

from typing import NamedTuple


class Culture(NamedTuple):
    """Where some of the example people come from.

    Names hold `written=latin` where the two differ (the latin form makes the e-mail address). First names
    may hold a patronymic too, as `first~middle=latin`; last names that change are `his/hers`.
    `streets` and `phones` have # for a number and a digit. The phones are kept free for drama where a country
    has such a range; elsewhere their local part begins with 0, which no subscriber's does.
    """

    language: str
    country: str
    weight: int
    women: str
    men: str
    last: str
    cities: str
    streets: str
    phones: tuple[str, ...]
    firms: str
    forms: tuple[str, ...]


CULTURES = (
    Culture(
        "tr", "TR", 20,
        "Ayşe Zeynep Elif Fatma İpek Gülşah Çağla Şule Deniz Merve Nazlı Esra Büşra Derya Selin Hande Pınar "
        "Aslı Melis Yasemin",
        "Mehmet Mustafa Emre Can Oğuz Ümit Barış Kerem Tolga Hakan Serkan Burak Cem Volkan Yiğit Onur Koray "
        "İlker Alp Tuncay",
        "Yılmaz Kaya Demir Şahin Çelik Yıldız Öztürk Aydın Özdemir Arslan Doğan Kılıç Aslan Çetin Koç Işık "
        "Güneş Taş Bulut "
        "Kurt Erdem Polat Şimşek Tekin Aksoy Uçar Sezer",
        "İzmir|35210|Konak;İstanbul|34394|Şişli;Ankara|06420|Çankaya;Bursa|16220|Osmangazi;Eskişehir|26120|Tepebaşı",
        "Atatürk Cad. No: #;Çınar Sok. No: #;İnönü Cad. No: #;Lale Sok. No: #",
        ("+90 212 000 ## ##", "+90 232 000 ## ##", "+90 312 000 ## ##", "+90 500 000 ## ##"),
        "Kardelen Ege Boğaz Çınar Güneş Anadolu Yakamoz Defne Işıl Zeytin Pınar Turkuaz",
        ("Tekstil A.Ş.", "Lojistik", "Gıda Ltd. Şti.", "Mobilya"),
    ),
    Culture(
        "ta", "IN", 12,
        "கவிதா=Kavitha மீனாட்சி=Meenakshi தமிழ்செல்வி=Tamilselvi லட்சுமி=Lakshmi நந்தினி=Nandhini பிரியா=Priya "
        "மலர்விழி=Malarvizhi கயல்விழி=Kayalvizhi சுமதி=Sumathi வள்ளி=Valli யாழினி=Yazhini தேன்மொழி=Thenmozhi",
        "முருகன்=Murugan செல்வம்=Selvam அருண்=Arun கார்த்திக்=Karthik பாலா=Bala குமரன்=Kumaran இளங்கோ=Ilango "
        "கதிர்=Kathir சேரன்=Cheran தமிழரசன்=Tamilarasan வேலன்=Velan மாறன்=Maran",
        "கா.=K ச.=S மு.=M ரா.=R அ.=A பெ.=P த.=T வெ.=V",
        "சென்னை|600017|தமிழ்நாடு;மதுரை|625001|தமிழ்நாடு;கோயம்புத்தூர்|641018|தமிழ்நாடு;"
        "Tiruchirappalli|620001|Tamil Nadu",
        "# Gandhi Road;# Anna Salai;# Temple Street;# Bharathiyar Street",
        ("+91 44 0000 ####",),
        "Vaigai Kaveri Pongal Marina Mayil Thamarai Nila Kurinji Cholan Malligai", ("Exports", "Mills",
        "Traders Pvt Ltd"),
    ),
    Culture(
        "cy", "GB", 9,
        "Siân Angharad Lowri Carys Eleri Ffion Nia Mererid Rhiannon Catrin Gwenllian Heledd Bethan Elin Non",
        "Rhys Gethin Ieuan Dafydd Huw Llŷr Emyr Aled Geraint Iolo Owain Macsen Dewi Gruffudd Steffan",
        "Jones Evans Roberts Griffiths Llywelyn Pryce Bowen Morgan Rees Vaughan Tudor Gwilym Parry Puw Bevan",
        "Caerdydd|CF10 1AA|Cymru;Aberystwyth|SY23 2AX|Ceredigion;Abertawe|SA1 1DP|Cymru;Caernarfon|LL55 1AB|Gwynedd",
        "# Stryd y Castell;# Heol y Bont;# Ffordd y Môr;# Stryd Fawr",
        ("+44 29 2018 0###", "+44 7700 900###"),
        "Eryri Cambria Gwynedd Taliesin Afon Heulwen Ddraig Cader Derwen Gwynt", ("Cyf.", "Bakery", "Crafts"),
    ),
    Culture(
        "en", "GB", 18,
        "Amelia Isla Ava Emily Sophie Grace Freya Chloe Priya Charlotte Imogen Poppy Zara Harriet Beatrice "
        "Nadia Florence "
        "Maisie Rosalind Tessa",
        "Oliver George Harry Noah Jack Leo Arthur Thomas Samuel Callum Theo Rory Hamza Felix Edward Jasper "
        "Rowan Isaac "
        "Dominic Angus",
        "Smith Taylor Brown Wilson Davies Walker Wright Thompson Hughes Edwards Green Hall Clarke Patel O'Neill Shaw "
        "Fletcher Whitaker Okafor Sutton Pemberton Lowe Khan Hartley MacLeod Ashworth Bell",
        "London|EC1A 1BB|England;Manchester|M1 1AE|England;Leeds|LS1 1UR|England;Edinburgh|EH1 1YZ|Scotland;"
        "Bristol|BS1 4DJ|England",
        "# Station Road;# Market Square;# Harbour Street;# Mill Lane",
        ("+44 20 7946 0###", "+44 161 496 0###", "+44 131 496 0###", "+44 7700 900###"),
        "Harbour Northgate Oakfield Brightside Meridian Foxglove Stonebridge Kestrel Larkhill Ashdown Fairwind "
        "Holloway",
        ("Ltd", "& Sons", "Partners", "Supplies"),
    ),
    Culture(
        "de", "DE", 14,
        "Anna Lena Sophie Mia Käthe Hannah Ursula Greta Franziska Johanna Clara Frieda Annika Heike Sabine Marlene",
        "Jürgen Lukas Maximilian Felix Björn Jonas Matthias Sören Tobias Henning Jakob Ulrich Florian Götz "
        "Moritz Karsten",
        "Müller Schmidt Schäfer Weiß Köhler Groß Böhm Vogel Krüger Jäger Straußmann Lange Fuchs Bäcker Hoffmann "
        "Lindner "
        "Wegener Brandt Schröder Kühn Seidel Albrecht",
        "Berlin|10115|Berlin;Frankfurt am Main|60311|Hessen;Hamburg|20095|Hamburg;"
        "Köln|50667|Nordrhein-Westfalen;München|80331|Bayern",
        "Lindenstraße #;Bahnhofstraße #;Am Markt #;Gartenweg #",
        ("+49 30 23125 ###", "+49 69 90009 ###", "+49 40 66969 ###", "+49 221 4710 ###", "+49 89 99998 ###",
         "+49 176 040690##"),
        "Nordlicht Rheingold Silberbach Lindenhof Falkenstein Grünwald Elbtal Sonnenberg Hafenblick Waldmeister",
        ("GmbH", "AG", "& Co. KG"),
    ),
    Culture(
        "pl", "PL", 10,
        "Małgorzata Agnieszka Katarzyna Zofia Żaneta Jagoda Magdalena Wiktoria Hanna Beata Kinga Aleksandra "
        "Bożena Iwona Urszula",
        "Paweł Łukasz Michał Grzegorz Wojciech Stanisław Jakub Krzysztof Mateusz Zbigniew Rafał Tadeusz Bartosz "
        "Szymon Marek",
        "Nowak Kowalski/Kowalska Wiśniewski/Wiśniewska Wójcik Lewandowski/Lewandowska Zieliński/Zielińska "
        "Dąbrowski/Dąbrowska "
        "Mazur Łuczak Pawłowski/Pawłowska Górski/Górska Sikora Jaworski/Jaworska Wrona Czarnecki/Czarnecka Krawczyk",
        "Warszawa|00-001|mazowieckie;Kraków|31-001|małopolskie;Łódź|90-001|łódzkie;Gdańsk|80-001|pomorskie",
        "ul. Długa #;ul. Lipowa #;ul. Słoneczna #;Rynek #",
        ("+48 22 000 ## ##", "+48 12 000 ## ##", "+48 42 000 ## ##"),
        "Bałtyk Tatry Wisła Jantar Orzeł Mazury Bursztyn Dunajec Żubr", ("Sp. z o.o.", "S.A.", "Transport"),
    ),
    Culture(
        "ja", "JP", 8,
        "花子=Hanako 美咲=Misaki 陽子=Yoko 愛=Ai 由美=Yumi 恵子=Keiko 直美=Naomi 香織=Kaori 真理子=Mariko 千尋=Chihiro",
        "太郎=Taro 健=Ken 翔太=Shota 大輔=Daisuke 拓也=Takuya 誠=Makoto 隆=Takashi 直樹=Naoki 浩二=Koji 亮=Ryo",
        "田中=Tanaka 佐藤=Sato 鈴木=Suzuki 高橋=Takahashi 渡辺=Watanabe 山本=Yamamoto 小林=Kobayashi 中村=Nakamura "
        "加藤=Kato 吉田=Yoshida 松本=Matsumoto",
        "東京|100-0001|東京都;大阪|530-0001|大阪府;京都|600-8216|京都府;札幌|060-0001|北海道",
        "中央#丁目;本町#丁目",
        ("+81 3 0000 ####",),
        "Sakura Fuji Aoba Minato Hikari Tsubame", ("K.K.", "Trading"),
    ),
    Culture(
        "ru", "KZ", 9,
        "Анна~Сергеевна=Anna Мария~Андреевна=Maria Ольга~Ивановна=Olga Екатерина~Павловна=Ekaterina "
        "Алия~Маратовна=Aliya Наталья~Викторовна=Natalya Айгуль~Ерлановна=Aigul Светлана~Олеговна=Svetlana "
        "Дарья~Максимовна=Darya Жанна~Болатовна=Zhanna",
        "Иван~Петрович=Ivan Дмитрий~Сергеевич=Dmitry Сергей~Андреевич=Sergey Алексей~Иванович=Alexey "
        "Тимур~Маратович=Timur Николай~Павлович=Nikolay Ерлан~Болатович=Yerlan Виктор~Олегович=Viktor "
        "Максим~Викторович=Maxim Арман~Ерланович=Arman",
        "Соколов=Sokolov/Соколова=Sokolova Иваненко=Ivanenko Кузнецов=Kuznetsov/Кузнецова=Kuznetsova Мороз=Moroz "
        "Волков=Volkov/Волкова=Volkova Коваль=Koval Ахметов=Akhmetov/Ахметова=Akhmetova Чайка=Chaika "
        "Лебедев=Lebedev/Лебедева=Lebedeva Садыков=Sadykov/Садыкова=Sadykova",
        "Алматы|050000|Алматы;Астана|010000|Астана;Шымкент|160000|Шымкент",
        "ул. Абая, #;ул. Садовая, #;пр. Достык, #",
        ("+7 7172 00 ## ##", "+7 727 000 ## ##"),
        "Сокол=Sokol Берёза=Bereza Восток=Vostok Степь=Step Алатау=Alatau Тюльпан=Tulpan", ("ТОО", "Логистик"),
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
    "Sent the new catalogue. She will show it to her brother, who decides.",
    "Spoke to the warehouse: they can unload from seven in the morning.",
    "Invoice 4471 was paid. Thanked them and asked how the season went.",
    "They compare us with two others. What counts for them: delivery on a fixed day.",
    "Moved to a new office last week; the address is up to date.",
    "Long talk about packaging. They want less plastic and would pay a little more.",
    "Recommended us to a friend's company. Say thank you with the next delivery!",
    "Could not be reached. Try again after four o'clock.",
    "Signed for another year. Price list stays as agreed.",
    "Complaint about two broken boxes; replaced the same day. All is well again.",
    "Asked for a visit in the new year. Suggested the second week of January.",
    "Wants to order in larger lots from now on. Sent terms for full pallets.",
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
ON_LEAVE = ("nerys@example.com", "Nerys Vaughan", "member")

# What somebody in a hurry types to get past a form. One of them only looks like it.
INVENTED = (
    {"first_name": "Asdf", "last_name": "Asdf", "emails": ["asdf@example.com"]},
    {"first_name": "Test", "last_name": "Test", "phones": ["+44 20 1111 1111"]},
    {
        "first_name": "Ana",
        "last_name": "Xxx",
        "emails": ["noemail@example.com"],
        "phones": ["+44 20 1234 5678"],
    },
    {"first_name": "Deneme", "last_name": "Müşteri", "emails": ["qwerty@example.com"]},
    {
        "first_name": "Tom",
        "last_name": "Baker",
        "addresses": [{"city": "Bath", "postal_code": "99", "country": "GB"}],
    },
    {
        "first_name": "Nora",
        "last_name": "Klein",
        "birthday": "2091-04-12",
        "emails": ["nora.klein@example.com"],
    },
    {"first_name": "Wendy", "last_name": "Test", "emails": ["wendy.test@example.com"]},
)
