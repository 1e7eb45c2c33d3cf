# ruff: noqa: E501
"""Column headings and what they mean, in the languages and systems that files come from.

Headings are compared folded (`fold`), so case, accents, punctuation and camelCase do not matter here.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

# Meaning → headings: English and the exporters' own words, then Turkish, Tamil, Welsh, German, French, Spanish, Russian.
PLAIN = {
    "name": """Name|Full Name|Display Name|Contact Name|Contact|Customer|Customer Name|Person|File As
        |Ad Soyad|Adı Soyadı|İsim Soyisim|Müşteri|Müşteri Adı|முழு பெயர்|பெயர்|வாடிக்கையாளர்|Enw Llawn|Enw
        |Vollständiger Name|Kunde|Kundenname|Ansprechpartner|Nom complet|Client|Nombre completo|Cliente
        |Полное имя|ФИО|Ф.И.О.|Контакт|Основной контакт|Клиент|Полное имя контакта|姓名|名前|氏名|名称|이름""",
    "first_name": """First Name|Given Name|Forename|Christian Name|FName|Ad|Adı|İsim|முதல் பெயர்|Enw Cyntaf
        |Vorname|Prénom|Nombre|Nombre de pila|Имя|名""",
    "middle_name": """Middle Name|Additional Name|Second Name|Additional Names|Patronymic|İkinci Ad|Göbek Adı
        |நடுப் பெயர்|Enw Canol|Zweiter Vorname|Deuxième prénom|Segundo nombre|Отчество""",
    "last_name": """Last Name|Family Name|Surname|LName|Soyad|Soyadı|Soyisim|கடைசி பெயர்|குடும்பப் பெயர்|Cyfenw
        |Enw Olaf|Nachname|Familienname|Zuname|Nom de famille|Nom|Apellido|Apellidos|Фамилия|姓""",
    "prefix": """Name Prefix|Prefix|Salutation|Salutation Name|Honorific|Courtesy Title|Hitap|Unvan Ön Eki|Teitl
        |Anrede|Civilité|Tratamiento|Обращение|முன்னொட்டு""",
    "suffix": "Name Suffix|Suffix|Sonek|Namenszusatz|Suffixe|Sufijo|Суффикс",
    "nickname": "Nickname|Nick Name|Known As|Alias|Takma Ad|புனைப்பெயர்|Llysenw|Spitzname|Surnom|Apodo|Псевдоним",
    "company": """Company|Company Name|Organization|Organisation|Organization Name|Organization 1 - Name|Account
        |Account Name|Associated Company|Employer|Firm|Business Name|Şirket|Şirket Adı|Firma|Firma Adı|Kurum
        |நிறுவனம்|நிறுவனத்தின் பெயர்|Cwmni|Enw'r Cwmni|Sefydliad|Unternehmen|Firmenname|Société|Entreprise
        |Nom de l'entreprise|Empresa|Compañía|Компания|Название компании|Организация|Компания контакта|Контрагент
        |会社|会社名|公司|회사""",
    "job_title": """Job Title|Organization Title|Organization 1 - Title|Position|Designation|Occupation|Title|Görev
        |Görevi|Pozisyon|Ünvan|Unvan|பதவி|Teitl Swydd|Swydd|Berufsbezeichnung|Titre du poste|Fonction|Poste
        |Cargo|Puesto|Должность""",
    "department": """Department|Organization Department|Organization 1 - Department|Division|Departman|Bölüm|துறை
        |Adran|Abteilung|Département|Departamento|Отдел""",
    "birthday": """Birthday|Birthdate|Birth Date|Date of birth|DOB|Doğum Tarihi|Doğum Günü|பிறந்த தேதி|பிறந்த நாள்
        |Dyddiad Geni|Pen-blwydd|Geburtstag|Geburtsdatum|Date de naissance|Anniversaire de naissance
        |Fecha de nacimiento|Дата рождения|День рождения""",
    "website": """Website|Website URL|Web Site|Web Page|Homepage|URL|Company Domain Name|Domain|Organization Website
        |Corporate website|Web Sitesi|İnternet Sitesi|இணையதளம்|வலைத்தளம்|Gwefan|Webseite|Internetseite|Site web
        |Site internet|Sitio web|Página web|Сайт|Корпоративный сайт|Веб-сайт""",
    "description": """Description|Notes|Note|Comment|Comments|Remarks|Background|Notlar|Not|Açıklama|குறிப்பு|குறிப்புகள்
        |விளக்கம்|Nodiadau|Disgrifiad|Notizen|Notiz|Bemerkung|Bemerkungen|Beschreibung|Notes et commentaires
        |Remarques|Commentaire|Notas|Descripción|Comentarios|Примечание|Примечание 2|Примечание 3|Примечание 4
        |Примечание 5|Комментарий|Описание|Заметки|備考|备注""",
    "source": """Source|Lead Source|Original Source|Contact Source|Kaynak|ஆதாரம்|Ffynhonnell|Quelle|Herkunft
        |Source du prospect|Origen|Fuente|Источник""",
    "stage": """Stage|Lifecycle Stage|Lead Status|Contact Stage|Sales Stage|Deal Stage|Status|Aşama|Durum|நிலை|Cam
        |Statws|Phase|Étape|Statut|Etapa|Estado|Этап сделки|Стадия|Стадия сделки|Статус|Тип контакта""",
    "language": "Language|Preferred Language|Dil|மொழி|Iaith|Sprache|Langue|Idioma|Язык",
    "owner": """Owner|Contact owner|Company owner|Deal owner|Account Owner|Record Owner|Assigned To|Assigned User
        |Assigned User Name|Responsible|Responsible person|Sorumlu|Sahibi|Temsilci|பொறுப்பாளர்|Perchennog
        |Verantwortlich|Zuständig|Besitzer|Propriétaire|Responsable|Propietario|Ответственный|Менеджер""",
    "external_id": """ID|Record ID|Contact Id|Contact No|Account No|Lead No|Potential No|External ID|Customer ID
        |Customer No|Customer Number|UID|Kimlik|Müşteri No|அடையாள எண்|Rhif|Kundennummer|Kunden-Nr|Identifiant
        |Numéro client|Identificador|Número de cliente|Ид|Код клиента|Record ID - Contact|Record ID - Company""",
    "created_at": """Created At|Create Date|Created Time|Date Created|Created|Created On|Oluşturma Tarihi|Kayıt Tarihi
        |உருவாக்கப்பட்ட தேதி|Dyddiad Creu|Erstellt am|Erstellungsdatum|Date de création|Fecha de creación
        |Дата создания|Дата создания сделки""",
    "anniversary": "Anniversary|Yıldönümü|Jahrestag|Aniversario|Годовщина",
    "industry": "Industry|Sector|Sektör|தொழில்|Diwydiant|Branche|Secteur|Secteur d'activité|Industria|Отрасль|Сфера деятельности",
    "employees": """Employees|Number of Employees|No Of Employees|Employee Count|Headcount|Çalışan Sayısı
        |பணியாளர்கள்|Nifer y Gweithwyr|Mitarbeiter|Mitarbeiterzahl|Effectif|Nombre d'employés|Empleados
        |Número de empleados|Кол-во сотрудников|Количество сотрудников""",
    "tax_number": """Tax Number|Tax ID|VAT Number|VAT|VAT ID|Vergi No|Vergi Numarası|வரி எண்|GST Number|GSTIN|Rhif TAW
        |USt-IdNr|Umsatzsteuer-ID|Steuernummer|Numéro de TVA|NIF|CIF|ИНН|Реквизит (Россия): ИНН""",
    "revenue": "Annual Revenue|Revenue|Turnover|Ciro|Umsatz|Chiffre d'affaires|Facturación|Выручка|Годовой оборот",
    "deal_name": """Deal Name|Opportunity Name|Potential Name|Lead Name|Название сделки|Название лида|Fırsat Adı
        |Enw'r Cyfle""",
    "amount": """Amount|Opportunity Amount|Deal Amount|Deal Value|Budget|Value|Total|Tutar|Tutarı|தொகை|Swm|Betrag
        |Montant|Importe|Сумма|Бюджет|Бюджет ₽""",
    "currency": "Currency|Amount Currency|Para Birimi|நாணயம்|Arian Cyfred|Währung|Devise|Moneda|Валюта",
    "close_date": """Close Date|Expected Close Date|Closing Date|Kapanış Tarihi|Abschlussdatum|Date de clôture
        |Fecha de cierre|Дата закрытия|Предполагаемая дата закрытия""",
    "probability": "Probability|Probability (%)|Olasılık|Wahrscheinlichkeit|Probabilité|Probabilidad|Вероятность",
    "pipeline": "Pipeline|Sales Pipeline|Воронка",
    "price": "Unit Price|Price|Fiyat|விலை|Pris|Preis|Prix|Precio|Цена",
    "gender": "Gender|Sex|Cinsiyet|பாலினம்|Rhyw|Geschlecht|Sexe|Sexo|Пол",
}

TAGS = """Tags|Labels|Tag|Categories|Keywords|Group Membership|Groups|Etiketler|Etiket|குறிச்சொற்கள்|Tagiau|Schlagwörter
    |Kategorien|Étiquettes|Catégories|Etiquetas|Categorías|Теги|Теги сделки|Метки"""

# Kind of contact point → label → headings.
POINTS = {
    "emails": {
        "": """Email|E-mail|E-mail Address|Email Address|Mail|Primary Email|Contact Email|E-posta|Eposta|E-posta Adresi
            |மின்னஞ்சல்|மின்னஞ்சல் முகவரி|E-bost|Ebost|Cyfeiriad E-bost|E-Mail-Adresse|Adresse e-mail|Courriel
            |Adresse électronique|Correo electrónico|Correo|Электронная почта|Эл. почта|Почта|Адрес электронной почты
            |メール|邮箱|이메일""",
        "work": """Work E-mail|Work Email|Business Email|Office Email|İş E-postası|E-Mail geschäftlich|E-bost Gwaith
            |E-mail professionnel|Correo del trabajo|Рабочий email|Рабочий e-mail|பணி மின்னஞ்சல்""",
        "home": """Home E-mail|Home Email|Personal Email|Private Email|Kişisel E-posta|E-Mail privat|E-bost Cartref
            |E-mail personnel|Correo personal|Личный email|Личный e-mail|Частный e-mail""",
        "other": """Other E-mail|Other Email|Secondary Email|Alternate Email|Non Primary E-mails|E-mail 2 Address
            |E-mail 3 Address|Email 2|Email 3|Additional Email|Work email 2|Diğer E-posta|Другой email|Другой e-mail""",
    },
    "phones": {
        "": """Phone|Phone Number|Telephone|Tel|Telephone Number|Primary Phone|Contact Number|Telefon|Telefon Numarası
            |Telefon No|தொலைபேசி|தொலைபேசி எண்|Ffôn|Rhif Ffôn|Telefonnummer|Téléphone|Numéro de téléphone|Teléfono
            |Número de teléfono|Телефон|Номер телефона|電話|电话|전화""",
        "work": """Work Phone|Business Phone|Business Phone 2|Office Phone|Phone Work|Work Telephone|İş Telefonu
            |அலுவலக தொலைபேசி|Ffôn Gwaith|Telefon geschäftlich|Téléphone professionnel|Téléphone bureau
            |Teléfono del trabajo|Teléfono de trabajo|Рабочий телефон|Рабочий прямой телефон""",
        "mobile": """Mobile|Mobile Phone|Mobile Phone Number|Mobile Number|Phone Mobile|Cell|Cell Phone|Cellphone
            |WhatsApp Phone Number|Cep|Cep Telefonu|GSM|Mobil|கைபேசி|கைபேசி எண்|மொபைல்|Ffôn Symudol|Symudol|Mobiltelefon
            |Handy|Handynummer|Mobilnummer|Portable|Téléphone portable|Téléphone mobile|Móvil|Celular|Teléfono móvil
            |Мобильный телефон|Мобильный|Сотовый|携帯電話|手机""",
        "home": """Home Phone|Home Phone 2|Home|Phone Home|Ev Telefonu|வீட்டு தொலைபேசி|Ffôn Cartref|Telefon privat
            |Téléphone domicile|Teléfono de casa|Teléfono particular|Домашний телефон""",
        "other": "Other Phone|Other Phone Number|Alternate Phone|Phone Other|Phone 2|Diğer Telefon|Другой телефон",
        "fax": "Fax|Work Fax|Phone Fax|Fax Number|Faks|தொலைநகல்|Ffacs|Faxnummer|Télécopie|Факс|Business Fax",
        "home fax": "Home Fax",
        "other fax": "Other Fax",
        "pager": "Pager|Пейджер",
        "car": "Car Phone|Radio Phone",
    },
    "messengers": {
        "skype": "Skype|Skype ID|Скайп",
        "telegram": "Telegram|Телеграм|Telegram account",
        "whatsapp": "WhatsApp|Ватсап",
        "viber": "Viber|Вайбер",
        "icq": "ICQ",
        "jabber": "Jabber|XMPP",
        "wechat": "WeChat|微信",
        "line": "LINE ID",
        "messenger": "IM|Messenger|IM Address|Other messenger|Мессенджер",
        "linkedin": "LinkedIn|LinkedIn URL",
        "facebook": "Facebook",
        "instagram": "Instagram|Инстаграм",
        "twitter": "Twitter|Twitter Username",
    },
}

ADDRESS_PARTS = {
    "street": """Street|Street Address|Address Line 1|Address 1|Street 1|Sokak|Cadde|தெரு|Stryd|Straße|Strasse|Rue|Calle
        |Улица|住所""",
    "street2": """Street 2|Street 3|Address Line 2|Address 2|Extended Address|Suite|Adres Satırı 2|Adresszusatz
        |Complément d'adresse|Адрес 2""",
    "po_box": "PO Box|P.O. Box|Po Box|Address PO Box|Posta Kutusu|Blwch Post|Postfach|Boîte postale|Apartado|А/я",
    "city": "City|Town|Şehir|İl|நகரம்|Dinas|Tref|Stadt|Ort|Ville|Ciudad|Población|Город|Населенный пункт|市|城市",
    "region": """State|Region|State/Region|Province|County|State/Province|İlçe|Bölge|மாநிலம்|மாவட்டம்|Sir|Rhanbarth
        |Bundesland|Région|Provincia|Estado/Provincia|Область|Регион|Район|省""",
    "postal_code": """Postal Code|Zip|Zip Code|Postcode|Post Code|ZIP/Postal Code|Code|Posta Kodu|அஞ்சல் குறியீடு
        |பின் கோடு|Cod Post|PLZ|Postleitzahl|Code postal|Código postal|Индекс|Почтовый индекс|郵便番号|邮编""",
    "country": """Country|Country/Region|Country Code|Ülke|நாடு|Gwlad|Land|Pays|País|Страна|国|国家""",
    "formatted": """Address|Full Address|Formatted Address|Formatted|Adres|Açık Adres|முகவரி|Cyfeiriad|Adresse|Anschrift
        |Dirección|Адрес|Реквизит (Россия): Адрес""",
}  # fmt: skip
ADDRESS_PREFIXES = {
    "": "",
    "address": "",
    "primary address": "",
    "mailing": "mailing",
    "mailing address": "mailing",
    "business": "work",
    "business address": "work",
    "work": "work",
    "work address": "work",
    "home": "home",
    "home address": "home",
    "other": "other",
    "other address": "other",
    "alternate address": "other",
    "billing": "billing",
    "billing address": "billing",
    "shipping": "shipping",
    "shipping address": "shipping",
}

# Left out: what another system notes for itself.
SYSTEM = """Created By|Created By Id|Created By Name|Creator|Modified By|Modified By Id|Modified By Name|Last Modified By
    |Modified|Modified At|Modified Time|Date Modified|Last Modified|Last Modified Date|Last Activity Date|Deleted|Photo|Picture
    |Contact Image|Image|Avatar|Revision|Notify Owner|Campaign ID|Reports to ID|Portal User|Support Start Date|Support End Date
    |Assigned User Id|Account Id|Campaign Id|Parent Account ID|Associated Company IDs|Associated Contact IDs|Reference
    |Associated Company IDs (Primary)|E-mail Type|E-mail 2 Type|E-mail 3 Type|E-mail Display Name|E-mail 2 Display Name
    |E-mail 3 Display Name|Directory Server|Internet Free Busy|Sensitivity|Priority|Private|Billing Information|Mileage
    |Phonetic First Name|Phonetic Middle Name|Phonetic Last Name|Given Name Yomi|Family Name Yomi|Yomi Name|Initials
    |Included in export|Available to everyone|Кем создана сделка|Кем создана|Дата редактирования|Кем редактирована
    |Кем изменена|Дата изменения|Фотография|Ответственный за контакт|Участвует в экспорте|Доступен для всех|Fotoğraf"""


@dataclass(frozen=True)
class Meaning:
    """`concept` is what a target must be about; columns with the same `group` make one value together."""

    concept: str
    part: str = ""
    label: str = ""
    group: str = ""


def fold(heading: str) -> str:
    """Heading → words in small letters without accents and punctuation; "e mail" becomes "email"."""
    text = re.sub(r"\(\d+\)$", "", heading.strip())
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text).replace("ı", "i").replace("İ", "i")
    text = unicodedata.normalize("NFKD", text.casefold())
    text = "".join(sign for sign in text if not unicodedata.combining(sign))
    words = re.sub(r"[^\w+%₽\u0b80-\u0bff]+|_", " ", text.replace("'", "")).split()
    return re.sub(r"\be (mails?|posta|bost)\b", r"e\1", " ".join(words))


def _words(text: str) -> list[str]:
    return [fold(word) for word in text.split("|") if word.strip()]


def _group(prefix: str) -> str:
    return "" if prefix in ("address", "primary address") else prefix.removesuffix(" address")


@cache
def generic() -> dict[str, Meaning]:
    """What folded headings mean wherever a file comes from. Made when first asked for: it takes a while."""
    table: dict[str, Meaning] = {}

    def add(words: str, meaning: Meaning) -> None:
        for word in _words(words):
            table.setdefault(word, meaning)

    for concept, words in PLAIN.items():
        add(words, Meaning(concept))
    add(TAGS, Meaning("tags", "item"))
    for concept, labels in POINTS.items():
        for label, words in labels.items():
            add(words, Meaning(concept, "value", label))
    for prefix, label in ADDRESS_PREFIXES.items():
        for part, words in ADDRESS_PARTS.items():
            for word in _words(words):
                heading = f"{prefix} {word}".strip()
                table.setdefault(heading, Meaning("addresses", part, label, _group(prefix)))
        if "address" in prefix:
            table[prefix] = Meaning("addresses", "formatted", label, _group(prefix))
    add(SYSTEM, Meaning("system"))
    del table["code"]  # alone it may be any code
    return table
