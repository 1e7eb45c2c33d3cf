"""Builds the files of `examples/imports`: invented people and companies as other systems export them.

Run as a script with the folder to write to.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import sys
from collections.abc import Sequence
from pathlib import Path

import xlsxwriter

from amity.foundation.records.importing.vcardwriter import write_vcard
from amity.foundation.records.tests.importing import ods_files as sheet_of

# first, middle, last, company, job, e-mails, phone, mobile, street, city, code, country, birthday, note
# fmt: off
PEOPLE: list[tuple[str, ...]] = [
    ("Ayşe", "", "Yılmaz", "Çınar Lojistik", "Satın Alma Müdürü", "ayse.yilmaz@cinar.example", "+90 212 555 01 10", "+90 532 555 01 10", "Bağdat Cad. 12", "İstanbul", "34710", "Türkiye", "1984-03-12", "Fuarda tanıştık; ğ, ı, ş içeren ad"),
    ("İsmail", "Hakkı", "Öztürk", "Işık Tekstil", "Genel Müdür", "ismail@isik.example, i.ozturk@isik.example", "0224 555 02 20", "", "Atatürk Cad. 5", "Bursa", "16010", "Türkiye", "1971-11-02", ""),
    ("Çağrı", "", "Şahin", "", "Danışman", "cagri.sahin@example.com", "", "0533 555 03 30", "", "İzmir", "", "Türkiye", "", "Serbest çalışıyor"),
    ("Kavitha", "", "", "Chola Textiles", "Proprietor", "kavitha@chola.example", "+91 44 5550 1234", "+91 98400 55512", "17 Anna Salai", "Chennai", "600002", "India", "1990-07-21", "Uses a single name"),
    ("கவிதா", "", "ராமன்", "Chola Textiles", "மேலாளர்", "k.raman@chola.example", "", "+91 98400 55513", "அண்ணா சாலை 17", "சென்னை", "600002", "India", "", "தமிழில் பேசவும்"),
    ("முருகன்", "", "", "Vaigai Foods", "உரிமையாளர்", "murugan@vaigai.example", "0452 555 0199", "", "கிழக்கு மாசி வீதி 4", "மதுரை", "625001", "India", "1968-01-15", ""),
    ("Siân", "Mair", "Llywelyn", "Cwmni Gwynedd Cyf", "Rheolwr", "sian@gwynedd.example", "+44 1286 555 010", "+44 7700 900123", "3 Stryd Fawr", "Caernarfon", "LL55 1AB", "United Kingdom", "1979-05-30", "Cymraeg os gwelwch yn dda"),
    ("Owain", "", "ap Gruffydd", "Siop Tŷ Bach", "Owner", "owain@tybach.example", "01970 555 321", "", "9 Heol y Bont", "Aberystwyth", "SY23 2AA", "United Kingdom", "", "Ŵyn a chaws; ŵ and ŷ in the text"),
    ("Иван", "Петрович", "Сидоров", "ООО «Ромашка»", "Директор", "sidorov@romashka.example", "+7 495 555-01-01", "+7 916 555-01-01", "ул. Ленина, д. 5", "Москва", "101000", "Россия", "1975-09-09", "Звонить после обеда"),
    ("Ольга", "Николаевна", "Кузнецова", "ООО «Ромашка»", "Бухгалтер", "kuznetsova@romashka.example,olga@example.org", "8 (495) 555-01-02", "", "ул. Ленина, д. 5", "Москва", "101000", "Россия", "", ""),
    ("Пётр", "", "", "ИП Щербаков", "", "", "", "8 921 555 77 88", "", "Санкт-Петербург", "", "Россия", "", "Фамилия неизвестна"),
    ("偉", "", "王", "東方貿易有限公司", "經理", "wang.wei@dongfang.example", "+886 2 5550 1234", "", "中山路 88 號", "台北", "104", "Taiwan", "1986-02-18", "家族名在前"),
    ("花子", "", "佐藤", "さくら商事", "営業部長", "hanako@sakura.example", "+81 3-5550-1234", "+81 90-5550-1234", "千代田 1-1", "東京", "100-0001", "Japan", "1992-12-01", ""),
    ("민준", "", "김", "한강무역", "대리", "minjun@hangang.example", "+82 2-555-0123", "", "세종대로 1", "서울", "04524", "South Korea", "", ""),
    ("Jürgen", "", "Müller-Lüdenscheidt", "Straßenbau Größ GmbH", "Einkäufer", "mueller@groess.example", "+49 30 5550123", "+49 171 5550123", "Königsallee 7", "Düsseldorf", "40212", "Germany", "1966-06-06", "Mehrzeilige Notiz:\nerst anrufen,\ndann schreiben"),
    ("François", "", "d'Aubigné", "Boulangerie Éclair", "Gérant", "f.daubigne@eclair.example", "01 55 55 01 23", "", "12 rue de l'Église", "Lyon", "69001", "France", "", ""),
    ("María", "José", "García López", "Naranjas del Sur", "Ventas", "mj.garcia@naranjas.example; maria@example.com", "+34 955 550 123", "+34 655 550 123", "Calle Ñuño 4", "Sevilla", "41001", "Spain", "1988-10-10", "\"La Reina\" de las naranjas"),
    ("Nguyễn", "Văn", "An", "Hà Nội Coffee", "Buyer", "an.nguyen@hanoi.example", "+84 24 5550 1234", "", "Phố Huế 8", "Hà Nội", "100000", "Vietnam", "", ""),
    ("Björk", "", "", "Ísjaki ehf", "Artist", "bjork@isjaki.example", "+354 555 0123", "", "Laugavegur 1", "Reykjavík", "101", "Iceland", "", "Patronymic is not a family name"),
    ("John", "Q.", "O'Neil-Smith", "Acme Ltd", "Buyer, Tools", "john@acme.example", "+1 (212) 555-0123 ext. 5", "", "1 Main St", "New York", "10001", "United States", "1980-02-30", "Birthday cannot be right"),
    ("Jane", "", "Doe", "Acme Ltd", "CEO", "jane(at)acme.example", "call reception", "", "1 Main St", "New York", "10001", "United States", "0/0/00", "E-mail and phone are broken"),
    ("Zoë", "", "van der Berg", "Tulp BV", "Inkoper", "zoe@tulp.example", "+31 20 555 0123", "+31 6 5555 0123", "Prinsengracht 9", "Amsterdam", "1015", "Netherlands", "1995-04-27", "=HYPERLINK(\"x\") stays text"),
    ("Łukasz", "", "Wójcik", "Żubr S.A.", "Kierownik", "lukasz@zubr.example", "+48 22 555 01 23", "", "ul. Źródlana 3", "Kraków", "30-001", "Poland", "", ""),
    ("Gülşen", "", "Doğan", "Işık Tekstil", "Muhasebe", "gulsen.dogan@isik.example", "0224 555 02 21", "0535 555 02 21", "Atatürk Cad. 5", "Bursa", "16010", "Türkiye", "1982-08-08", ""),
    ("Iğdır", "", "Güneş", "Güneş Enerji A.Ş.", "Kurucu", "igdir@gunes.example", "+90 312 555 04 40", "", "Kızılay Sok. 3", "Ankara", "06420", "Türkiye", "", "Adı bir şehir adı"),
    ("Rhys", "", "Pritchard", "Fferm Bryn Glas", "Ffermwr", "rhys@brynglas.example", "01248 555 010", "07700 900456", "Lôn y Felin", "Bangor", "LL57 2DG", "United Kingdom", "1961-12-24", ""),
    ("Анна", "Сергеевна", "Иванова", "ЗАО «Северный Ветер»", "Логист", "ivanova@sever.example", "8 (815) 255-01-03", "+7 921 555-01-03", "пр. Мира, д. 1", "Мурманск", "183000", "Россия", "1993-03-08", "Предпочитает почту"),
    ("", "", "", "Reception only", "", "info@reception.example", "+44 20 7946 0123", "", "", "London", "", "United Kingdom", "", "No person behind it"),
]
# fmt: on
# name, domain, industry, employees, phone, e-mail, city, country, tax number
# fmt: off
COMPANIES: list[tuple[str, ...]] = [
    ("Çınar Lojistik", "cinar.example", "Logistics", "120", "+90 212 555 01 00", "info@cinar.example", "İstanbul", "Türkiye", "1234567890"),
    ("Işık Tekstil", "isik.example", "Textiles", "45", "0224 555 02 00", "info@isik.example", "Bursa", "Türkiye", "2345678901"),
    ("Chola Textiles", "chola.example", "Textiles", "300", "+91 44 5550 1200", "sales@chola.example", "Chennai", "India", "33ABCDE1234F1Z5"),
    ("Vaigai Foods", "vaigai.example", "Food", "18", "0452 555 0100", "office@vaigai.example", "மதுரை", "India", ""),
    ("Cwmni Gwynedd Cyf", "gwynedd.example", "Services", "7", "+44 1286 555 000", "post@gwynedd.example", "Caernarfon", "United Kingdom", "GB123456789"),
    ("Siop Tŷ Bach", "tybach.example", "Retail", "3", "01970 555 300", "siop@tybach.example", "Aberystwyth", "United Kingdom", ""),
    ("ООО «Ромашка»", "romashka.example", "Retail", "25", "+7 495 555-01-00", "info@romashka.example", "Москва", "Россия", "7701234567"),
    ("ИП Щербаков", "", "Services", "", "8 921 555 77 88", "", "Санкт-Петербург", "Россия", "780123456789"),
    ("ЗАО «Северный Ветер»", "sever.example", "Logistics", "много", "не указан", "office@sever.example, logist@sever.example", "Мурманск", "Россия", "5190000000"),
    ("東方貿易有限公司", "dongfang.example", "Trade", "60", "+886 2 5550 1200", "info@dongfang.example", "台北", "Taiwan", ""),
    ("さくら商事", "sakura.example", "Trade", "210", "+81 3-5550-1200", "info@sakura.example", "東京", "Japan", ""),
    ("한강무역", "hangang.example", "Trade", "35", "+82 2-555-0100", "info@hangang.example", "서울", "South Korea", ""),
    ("Straßenbau Größ GmbH", "groess.example", "Construction", "80", "+49 30 5550100", "info@groess.example", "Düsseldorf", "Germany", "DE123456789"),
    ("Boulangerie Éclair", "eclair.example", "Food", "5", "01 55 55 01 00", "bonjour@eclair.example", "Lyon", "France", "FR12345678901"),
    ("Naranjas del Sur", "naranjas.example", "Food", "40", "+34 955 550 100", "info@naranjas.example", "Sevilla", "Spain", "B12345678"),
    ("Acme Ltd", "acme.example", "Tools", "1,200", "+1 (212) 555-0100", "info@acme.example", "New York", "United States", ""),
]
# fmt: on
OWNERS = ("ann@firm.example", "bob@firm.example", "Deniz Kaya")


def people() -> list[dict[str, str]]:
    keys = [
        "first",
        "middle",
        "last",
        "company",
        "job",
        "emails",
        "phone",
        "mobile",
        "street",
        "city",
        "code",
        "country",
        "birthday",
        "note",
    ]
    rows = [dict(zip(keys, person, strict=True)) for person in PEOPLE]
    for number, row in enumerate(rows):
        row.update(
            id=str(101 + number),
            owner=OWNERS[number % 3],
            name=" ".join(filter(None, (row["first"], row["middle"], row["last"]))),
        )
        row["source"] = ("Web", "Trade fair", "Referral", "Call")[number % 4]
        row["stage"] = ("Lead", "Customer", "Opportunity")[number % 3]
        row["created"] = f"2024-{number % 12 + 1:02}-{number + 1:02} 09:{number:02}:00"
        row["email"], row["email2"] = (
            [part.strip() for part in row["emails"].replace(";", ",").split(",")] + [""]
        )[:2]
    return rows


def companies() -> list[dict[str, str]]:
    keys = ["name", "domain", "industry", "employees", "phone", "email", "city", "country", "tax"]
    rows = [dict(zip(keys, company, strict=True)) for company in COMPANIES]
    for number, row in enumerate(rows):
        row.update(
            id=str(501 + number), owner=OWNERS[number % 3], created=f"2023-{number % 12 + 1:02}-15 10:00:00"
        )
    return rows


def table(columns: Sequence[tuple[str, str]], rows: Sequence[dict[str, str]]) -> list[list[str]]:
    """`columns` are headings with the template of their cell; "" stays empty."""
    return [
        [heading for heading, _ in columns],
        *([cell.format_map(row) for _, cell in columns] for row in rows),
    ]


def write(
    path: Path,
    rows: list[list[str]],
    *,
    separator: str = ",",
    encoding: str = "utf-8",
    quote_all: bool = False,
    trailing: bool = False,
) -> None:
    out = io.StringIO(newline="")
    quoting = csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL
    for row in rows:
        line = io.StringIO(newline="")
        csv.writer(line, delimiter=separator, quoting=quoting, lineterminator="\r\n").writerow(row)
        out.write(line.getvalue().removesuffix("\r\n") + (separator if trailing else "") + "\r\n")
    path.write_bytes(out.getvalue().encode(encoding, "replace"))


def columns(text: str) -> list[tuple[str, str]]:
    """`Heading=template|Heading|…`"""
    return [
        (heading, template)
        for heading, _, template in (item.strip().partition("=") for item in text.split("|"))
    ]


GOOGLE = columns(
    "First Name={first}|Middle Name={middle}|Last Name={last}|Phonetic First Name|Phonetic Middle Name|Phonetic Last Name|Name Prefix|Name Suffix|Nickname|File As|Organization Name={company}|Organization Title={job}|Organization Department|Birthday={birthday}|Notes={note}|Photo|Labels={labels}|E-mail 1 - Label=* Work|E-mail 1 - Value={joined}|E-mail 2 - Label={home_label}|E-mail 2 - Value={home}|Phone 1 - Label=Work|Phone 1 - Value={phone}|Phone 2 - Label=Mobile|Phone 2 - Value={mobile}|Address 1 - Label=Work|Address 1 - Formatted={street}, {city}|Address 1 - Street={street}|Address 1 - City={city}|Address 1 - PO Box|Address 1 - Region|Address 1 - Postal Code={code}|Address 1 - Country={country}|Address 1 - Extended Address|Website 1 - Label=Profile|Website 1 - Value|Event 1 - Label|Event 1 - Value|Custom Field 1 - Label={custom_label}|Custom Field 1 - Value={custom}"
)
GOOGLE_OLD = columns(
    "Name={name}|Given Name={first}|Additional Name={middle}|Family Name={last}|Yomi Name|Name Prefix|Name Suffix|Initials|Nickname|Birthday={birthday}|Gender|Location|Billing Information|Directory Server|Mileage|Occupation|Hobby|Sensitivity|Priority|Subject|Notes={note}|Language|Photo|Group Membership={labels}|E-mail 1 - Type=* Work|E-mail 1 - Value={joined}|Phone 1 - Type=Work|Phone 1 - Value={phone}|Phone 2 - Type=Mobile|Phone 2 - Value={mobile}|Address 1 - Type=Work|Address 1 - Formatted={street}, {city}|Address 1 - Street={street}|Address 1 - City={city}|Address 1 - Postal Code={code}|Address 1 - Country={country}|Organization 1 - Type|Organization 1 - Name={company}|Organization 1 - Title={job}"
)
OUTLOOK = columns(
    "Title|First Name={first}|Middle Name={middle}|Last Name={last}|Suffix|Company={company}|Department|Job Title={job}|Business Street={street}|Business Street 2|Business Street 3|Business City={city}|Business State|Business Postal Code={code}|Business Country/Region={country}|Home Street|Home City|Home Postal Code|Home Country/Region|Assistant's Phone={assistant}|Business Fax|Business Phone={phone}|Home Phone|Mobile Phone={mobile}|Other Phone|Pager|Anniversary=0/0/00|Birthday={birthday}|Categories={labels_plain}|E-mail Address={email}|E-mail Type=SMTP|E-mail Display Name={name}|E-mail 2 Address={email2}|E-mail 2 Type|E-mail 2 Display Name|Gender=Unspecified|Hobby={hobby}|Notes={note}|Priority=Normal|Private=False|Sensitivity=Normal|Web Page"
)
OUTLOOK_COM = columns(
    "First Name={first}|Middle Name={middle}|Last Name={last}|Title|Suffix|Given Name Yomi|Family Name Yomi|Initials|Web Page|Gender|Birthday={birthday}|Anniversary|Location|Language|Internet Free Busy|Notes={note}|E-mail Address={email}|E-mail 2 Address={email2}|E-mail 3 Address|Primary Phone|Home Phone|Mobile Phone={mobile}|Home Address|Home Street|Home City|Home Postal Code|Home Country|Company Main Phone|Business Phone={phone}|Company={company}|Job Title={job}|Department|Business Address|Business Street={street}|Business City={city}|Business Postal Code={code}|Business Country={country}|Sensitivity|Priority|Private|Categories={labels_plain}"
)
HUBSPOT = columns(
    "Record ID={id}|First Name={first}|Last Name={last}|Email={email}|Phone Number={phone}|Contact owner={owner}|Lead Status={status}|Create Date={created}|Job Title={job}|Lifecycle Stage={stage}|City={city}|State/Region|Country/Region={country}|Postal Code={code}|Mobile Phone Number={mobile}|Website URL|Original Source={source}|Last Activity Date={created}|Associated Company={company}|Associated Company IDs=9{id}|Newsletter={newsletter}"
)
HUBSPOT_COMPANIES = columns(
    "Record ID={id}|Company name={name}|Company Domain Name={domain}|Company owner={owner}|Create Date={created}|Phone Number={phone}|City={city}|Country/Region={country}|Industry={industry}|Last Activity Date={created}|Number of Employees={employees}"
)
BITRIX = columns(
    "ID={id}|Salutation|First name={first}|Last name={last}|Second name={middle}|Full name={name}|Date of birth={birthday}|Photo|Company={company}|Responsible person={owner}|Work Phone={phone}|Mobile={mobile}|Fax|Home Phone|Pager|Other Phone Number|Corporate website|Work E-mail={emails}|Home E-mail|Other E-mail|Position={job}|Comment={note}|Contact type={stage}|Source={source}|Source information|Included in export=Y|Available to everyone=Y|Delivery={delivery}"
)
BITRIX_COMPANIES = columns(
    "ID={id}|Название компании={name}|Тип компании=Клиент|Ответственный={owner}|Рабочий телефон={phone}|Мобильный телефон|Рабочий e-mail={email}|Корпоративный сайт={domain}|Кол-во сотрудников={employees}|Реквизит (Россия): ИНН={tax}|Реквизит (Россия): КПП|Реквизит (Россия): Адрес={city}"
)
AMOCRM = columns(
    "ID={id}|Название сделки=Сделка {id}|Бюджет={budget}|Ответственный={owner}|Дата создания сделки={ru_date}|Кем создана сделка=Анна|Дата редактирования={ru_date}|Кем редактирована=Анна|Дата закрытия=не закрыта|Теги={ru_tags}|Примечание={note}|Примечание 2|Примечание 3|Примечание 4|Примечание 5|Этап сделки={ru_stage}|Воронка=Продажи|Полное имя контакта={name}|Компания контакта={company}|Ответственный за контакт={owner}|Компания={company}|Рабочий телефон={phone}|Рабочий прямой телефон|Мобильный телефон={mobile}|Факс|Домашний телефон|Другой телефон|Рабочий email={email}|Личный email={email2}|Другой email|Способ доставки={ru_delivery}|utm_source|utm_medium"
)
VTIGER = columns(
    "Salutation|First Name={first}|Contact Id=CON{id}|Office Phone={phone}|Last Name={last}|Mobile={mobile}|Account Name=Accounts::::{company}|Home Phone|Lead Source={source}|Other Phone|Title={job}|Fax|Department|Birthdate={birthday}|Email={email}|Reports To|Assistant|Secondary Email={email2}|Assistant Phone|Do Not Call=no|Email Opt Out=no|Assigned To={owner}|Reference=no|Notify Owner=no|Created Time={created}|Modified Time={created}|Last Modified By=admin|Portal User=no|Mailing Street={street}|Other Street|Mailing City={city}|Other City|Mailing State|Other State|Mailing Zip={code}|Other Zip|Mailing Country={country}|Other Country|Mailing Po Box|Other Po Box|Contact Image|Description={note}"
)
ESPO = columns(
    "id=64f0{id}|deleted=0|salutationName|firstName={first}|lastName={last}|accountId=63a0{id}|accountName={company}|title={job}|description={note}|emailAddress={email}|phoneNumber={phone}|doNotCall=0|addressStreet={street}|addressCity={city}|addressState|addressCountry={country}|addressPostalCode={code}|campaignId|campaignName|createdAt={created}|modifiedAt={created}|createdById=1|createdByName=Admin|modifiedById=1|modifiedByName=Admin|assignedUserId=7|assignedUserName={owner}"
)
SUITE = columns(
    "First Name={first}|Last Name={last}|ID=c-{id}|Salutation|Job Title={job}|Department|Account Name={company}|Email Address={email}|Non Primary E-mails={email2}|Mobile={mobile}|Office Phone={phone}|Home|Other Phone|Fax|Primary Address Street={street}|Primary Address City={city}|Primary Address State|Primary Address Postal Code={code}|Primary Address Country={country}|Alternate Address Street={alt_street}|Alternate Address City={alt_city}|Alternate Address State|Alternate Address Postal Code|Alternate Address Country|Description={note}|Birthdate={birthday}|Lead Source={source}|Campaign ID|Do Not Call=0|Reports to ID|Assistant|Assistant Phone|Assigned to=u-{id}|Assigned User={owner}|Date Created={created}|Date Modified={created}|Modified By=1|Created By=1|Deleted=0"
)
SUITE_ACCOUNTS = columns(
    "Name={name}|ID=a-{id}|Website={domain}|Email Address={email}|Non Primary E-mails|Office Phone={phone}|Alternate Phone|Fax|Billing Street|Billing City={city}|Billing State|Billing Postal Code|Billing Country={country}|Shipping Street|Shipping City={city}|Shipping State|Shipping Postal Code|Shipping Country={country}|Description|Type=Customer|Industry={industry}|Annual Revenue|Employees={employees}|SIC Code|Ticker Symbol|Parent Account ID|Ownership|Campaign ID|Rating|Assigned to=u1|Assigned User={owner}|Date Created={created}|Date Modified={created}|Modified By=1|Created By=1|Deleted=0"
)


def _decorated() -> list[dict[str, str]]:
    rows = people()
    for number, row in enumerate(rows):
        odd = number % 2
        row.update(
            labels="* myContacts" + (" ::: Suppliers" if odd else " ::: Newsletter"), labels_plain=("Suppliers;VIP" if odd else "Newsletter"),
            joined=" ::: ".join(filter(None, (row["email"], row["email2"]))), home="", home_label="", hobby=("Chess" if odd else ""),
            custom_label=("Skill" if odd else ""), custom=("Negotiation" if odd else ""), assistant=("+44 20 7946 0999" if number == 6 else ""),
            status=("New", "Open", "Connected", "")[number % 4], newsletter=("Yes" if odd else "No"), delivery=("Courier" if odd else "Pickup"),
            budget=str(15000 * (number + 1)), ru_date=f"{number + 1:02}.03.2024 10:{number:02}:00", ru_tags=("опт, сезон" if odd else ""),
            ru_stage=("Первичный контакт", "Переговоры", "Успешно реализовано")[number % 3], ru_delivery=("Курьер" if odd else "Самовывоз"),
            alt_street=("2 Side Road" if number == 19 else ""), alt_city=("Boston" if number == 19 else ""),
        )  # fmt: skip
    return rows


def _cards() -> list[dict[str, object]]:
    cards: list[dict[str, object]] = []
    for row in people():
        emails = [{"value": value, "label": "work"} for value in (row["email"], row["email2"]) if value]
        phones = [
            {"value": row[key], "label": label}
            for key, label in (("phone", "work"), ("mobile", "mobile"))
            if row[key]
        ]
        address = {
            "street": row["street"],
            "city": row["city"],
            "postal_code": row["code"],
            "country": row["country"],
            "label": "work",
        }
        birthday = row["birthday"] if row["birthday"][:1] in "12" else ""
        cards.append({
            "full_name": row["name"] or row["company"], "first_name": row["first"], "middle_name": row["middle"], "last_name": row["last"],
            "company": row["company"], "job_title": row["job"], "emails": emails, "phones": phones, "addresses": [address] if row["city"] else [],
            "birthday": birthday, "description": row["note"], "external_id": f"card-{row['id']}", "tags": ["Newsletter"] if int(row["id"]) % 2 else [],
        })  # fmt: skip
    return cards


def iphone() -> str:
    """vCard 3.0 as phones write it: groups with own labels, a picture, a birthday without year, one broken card."""
    text = "".join(write_vcard(_cards(), "3.0"))
    text = text.replace("BEGIN:VCARD\r\nVERSION:3.0", "BEGIN:VCARD\r\nVERSION:3.0\r\nPRODID:-//Phone//EN", 3)
    text += (
        "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Demir;Elif;;;\r\nFN:Elif Demir\r\nitem1.TEL;type=pref:+90 532 555 09 90\r\n"
        "item1.X-ABLabel:_$!<Assistant>!$_\r\nitem2.EMAIL;type=INTERNET:elif@example.com\r\nitem2.X-ABLabel:Yazlık\r\n"
        "BDAY;X-APPLE-OMIT-YEAR=1604:1604-05-19\r\nIMPP;X-SERVICE-TYPE=Skype;type=pref:skype:elif.demir\r\n"
        "PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRgABAQAAAQABAAD/\r\n 2wBDAAEBAQEBAQEBAQEBAQEBAQEB\r\nEND:VCARD\r\n"
        "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Broken Card\r\nthis line has no property\r\nEND:VCARD\r\n"
    )
    return text


def shop(path: Path) -> None:
    """A sheet as a small shop keeps it: a title above, dates and numbers as such, a second sheet."""
    book = xlsxwriter.Workbook(str(path), {"constant_memory": False})
    book.set_properties({"created": dt.datetime(2024, 1, 1)})  # noqa: DTZ001
    sheet, day = book.add_worksheet("Müşteriler"), book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write(0, 0, "Müşteri listesi 2024")
    sheet.write_row(
        2,
        0,
        [
            "Müşteri No",
            "Ad",
            "Soyad",
            "E-posta",
            "Cep Telefonu",
            "Şehir",
            "Doğum Tarihi",
            "Son Sipariş",
            "Tutar",
            "Sadakat",
            "Notlar",
        ],
    )
    for number, row in enumerate(people()):
        cells: list[object] = [
            int(row["id"]),
            row["first"],
            row["last"],
            row["email"],
            row["mobile"] or row["phone"],
            row["city"],
            "",
            "",
            12.5 * (number + 1),
            ("Altın", "Gümüş", "Bronz")[number % 3],
            row["note"],
        ]
        for place, cell in enumerate(cells):
            if isinstance(cell, str):
                sheet.write_string(3 + number, place, cell)
            else:
                sheet.write(3 + number, place, cell)
        if row["birthday"][:1] in ("1", "2") and row["birthday"] != "1980-02-30":
            sheet.write_datetime(3 + number, 6, dt.datetime.fromisoformat(row["birthday"]), day)
        sheet.write_datetime(3 + number, 7, dt.datetime(2024, 1 + number % 12, 1 + number), day)  # noqa: DTZ001
    book.add_worksheet("Ürünler").write_row(0, 0, ["Ürün", "Fiyat"])
    book.close()


def shop_ods(path: Path) -> None:
    """The same shop in an OpenDocument sheet: amounts with a currency, a percentage, empty cells as a number of them."""
    heads = [
        "Müşteri No",
        "Ad",
        "Soyad",
        "E-posta",
        "Cep Telefonu",
        "Şehir",
        "Doğum Tarihi",
        "Tutar",
        "İndirim",
        "Notlar",
    ]
    rows = [
        sheet_of.row(sheet_of.text("Müşteri listesi 2024")),
        sheet_of.row(sheet_of.empty(1024)),
        sheet_of.row(*map(sheet_of.text, heads)),
    ]
    for number, person in enumerate(people()):
        born = person["birthday"][:1] in ("1", "2") and person["birthday"] != "1980-02-30"
        cells = [
            sheet_of.typed("float", person["id"]),
            *(
                sheet_of.text(person[key]) if person[key] else sheet_of.empty()
                for key in ("first", "last", "email")
            ),
            sheet_of.text(person["mobile"] or person["phone"])
            if person["mobile"] or person["phone"]
            else sheet_of.empty(),
            sheet_of.text(person["city"]) if person["city"] else sheet_of.empty(),
            sheet_of.typed("date", person["birthday"]) if born else sheet_of.empty(),
            sheet_of.typed("currency", str(12.5 * (number + 1)), more=' office:currency="TRY"'),
            sheet_of.typed("percentage", str(number % 4 * 0.05)),
            sheet_of.text(person["note"]) if person["note"] else sheet_of.empty(),
        ]
        rows.append(sheet_of.row(*cells, sheet_of.empty(1014)))
    sheet_of.ods(
        path,
        {
            "Müşteriler": "".join([*rows, sheet_of.row(sheet_of.empty(1024), times=1048000)]),
            "Ürünler": sheet_of.row(sheet_of.text("Ürün")),
        },
    )


def old_phone() -> str:
    """vCard 2.1: quoted-printable with soft line breaks, kinds without TYPE=, a picture, an assistant's card."""
    cards = []
    for person in people():
        lines = [_quoted("N", ";".join((person["last"], person["first"], person["middle"], "", "")))]
        lines += [_quoted("FN", person["name"] or person["company"])]
        lines += [_quoted("ORG", person["company"])] if person["company"] else []
        lines += [_quoted("TITLE", person["job"])] if person["job"] else []
        lines += [f"TEL;WORK;VOICE:{person['phone']}"] if person["phone"] else []
        lines += [f"TEL;CELL:{person['mobile']}"] if person["mobile"] else []
        mails = [mail for mail in (person["email"], person["email2"]) if mail]
        lines += [
            f"EMAIL;INTERNET{';PREF' if place == 0 and len(mails) > 1 else ''}:{mail}"
            for place, mail in enumerate(mails)
        ]
        place = ["", "", person["street"], person["city"], "", person["code"], person["country"]]
        lines += [_quoted("ADR;WORK", ";".join(place))] if person["city"] else []
        lines += (
            [f"BDAY:{person['birthday'].replace('-', '')}"] if person["birthday"][:1] in ("1", "2") else []
        )
        lines += [_quoted("NOTE", person["note"].replace("\n", "\r\n"))] if person["note"] else []
        cards.append(
            "\r\n".join(
                ["BEGIN:VCARD", "VERSION:2.1", *lines, f"X-IRMC-LUID:{person['id']}", "END:VCARD", ""]
            )
        )
    cards[0] = cards[0].replace(
        "X-IRMC",
        "PHOTO;ENCODING=BASE64;JPEG:\r\n /9j/4AAQSkZJRgABAQAAAQABAAD/\r\n 2wBDAAEBAQEB\r\n\r\nX-IRMC",
    )
    agent = "AGENT:\r\nBEGIN:VCARD\r\nVERSION:2.1\r\nN:Asistan;Ada\r\nTEL:1\r\nEND:VCARD\r\n"
    cards[1] = cards[1].replace("X-IRMC", agent + "X-IRMC")
    return "".join(cards)


def _quoted(name: str, value: str) -> str:
    """The property as old phones write it; lines of at most 76 signs."""
    if value.isascii() and "\n" not in value:
        return f"{name}:{value}"
    line = f"{name};CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:"
    for byte in value.encode():
        sign = chr(byte) if 32 <= byte < 127 and byte != 61 else f"={byte:02X}"
        if len(line.rpartition("\n")[2]) + len(sign) > 75:
            line += "=\r\n"
        line += sign
    return line


def write_all(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    rows, firms = _decorated(), companies()
    western = [row for row in rows if _fits(row["name"] + row["street"] + row["note"], "cp1254")]
    # One contact may have several deals.
    contacts = [row for row in rows if _fits("".join(row.values()), "cp1251")]
    russian = [row | {"id": f"{turn}{row['id']}"} for turn in (1, 2, 3) for row in contacts]
    write(folder / "google.csv", table(GOOGLE, rows))
    write(folder / "google_old.csv", table(GOOGLE_OLD, rows), encoding="utf-16")
    write(folder / "outlook.csv", table(OUTLOOK, western), encoding="cp1254", quote_all=True)
    write(folder / "outlook_com.csv", table(OUTLOOK_COM, rows), encoding="utf-8-sig")
    write(folder / "hubspot_contacts.csv", table(HUBSPOT, rows), quote_all=True)
    write(folder / "hubspot_companies.csv", table(HUBSPOT_COMPANIES, firms), quote_all=True)
    write(
        folder / "bitrix24_contacts.csv",
        table(BITRIX, rows),
        separator=";",
        encoding="utf-8-sig",
        quote_all=True,
        trailing=True,
    )
    write(
        folder / "bitrix24_companies_ru.csv",
        table(BITRIX_COMPANIES, firms),
        separator=";",
        encoding="utf-8-sig",
        quote_all=True,
        trailing=True,
    )
    write(
        folder / "amocrm_deals_ru_cp1251.csv",
        table(AMOCRM, russian),
        separator=";",
        encoding="cp1251",
        quote_all=True,
    )
    write(folder / "vtiger_contacts.csv", table(VTIGER, rows), quote_all=True)
    write(folder / "espocrm_contacts.csv", table(ESPO, rows), separator=";")
    write(folder / "suitecrm_contacts.csv", table(SUITE, rows), quote_all=True)
    write(folder / "suitecrm_accounts.csv", table(SUITE_ACCOUNTS, firms), quote_all=True)
    (folder / "iphone.vcf").write_bytes(iphone().encode())
    (folder / "outlook4.vcf").write_bytes("".join(write_vcard(_cards(), "4.0")).encode())
    (folder / "old_phone.vcf").write_bytes(old_phone().encode())
    shop(folder / "shop.xlsx")
    shop_ods(folder / "shop.ods")


def _fits(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


if __name__ == "__main__":
    write_all(Path(sys.argv[1]))
