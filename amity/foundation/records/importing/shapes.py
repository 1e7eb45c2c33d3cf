# ruff: noqa: E501
"""The exports of other systems: by which headings they are known, and where a heading means something special."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from amity.foundation.records.importing.synonyms import Meaning, fold

ENOUGH = 0.6  # share of a shape's tell-tale headings that must be there


@dataclass(frozen=True)
class Shape:
    """`tells` are folded headings; `special` goes before the general synonyms."""

    key: str
    label: str
    object: str
    tells: frozenset[str]
    special: dict[str, Meaning] = field(default_factory=dict)


def _shape(key: str, label: str, object: str, tells: str, **special: Meaning) -> Shape:
    headings = {fold(heading.replace("__", " ")): meaning for heading, meaning in special.items()}
    return Shape(key, label, object, frozenset(fold(tell) for tell in tells.split("|")), headings)


_PREFIX, _JOB = Meaning("prefix"), Meaning("job_title")
_SYSTEM, _CONTACT = Meaning("system"), Meaning("contact")
_OTHER = Meaning("emails", "value", "other")
_BILLING = Meaning("addresses", "street", "billing", "billing")
_SHIPPING = Meaning("addresses", "street", "shipping", "shipping")

SHAPES = (
    _shape(
        "google", "Google Contacts", "people",
        "E-mail 1 - Value|E-mail 1 - Label|Organization Name|Organization Title|Name Prefix|File As|Phone 1 - Label|Labels",
        File__As=_SYSTEM,
    ),
    _shape(
        "google_old", "Google Contacts (old)", "people",
        "Given Name|Family Name|Group Membership|E-mail 1 - Type|E-mail 1 - Value|Organization 1 - Name|Name",
    ),
    _shape(
        "outlook", "Outlook", "people",
        "E-mail Address|E-mail Type|E-mail Display Name|Business Street|Business Phone|Home Street|Web Page|Sensitivity",
        Title=_PREFIX,
    ),
    _shape(
        "outlook_com", "Outlook.com", "people",
        "E-mail Address|E-mail 2 Address|E-mail 3 Address|Initials|Business Phone|Mobile Phone|Web Page|Categories",
        Title=_PREFIX,
    ),
    _shape(
        "hubspot_contacts", "HubSpot contacts", "people",
        "Record ID|First Name|Last Name|Email|Contact owner|Lifecycle Stage|Lead Status|Associated Company",
        Lead__Status=Meaning("lead_status"),
    ),
    _shape(
        "hubspot_companies", "HubSpot companies", "companies",
        "Record ID|Company name|Company Domain Name|Company owner|Create Date|Industry",
    ),
    _shape(
        "hubspot_deals", "HubSpot deals", "deals",
        "Record ID|Deal Name|Pipeline|Deal Stage|Close Date|Deal owner|Amount",
    ),
    _shape(
        "bitrix24_contacts", "Bitrix24 contacts", "people",
        "First name|Last name|Second name|Responsible person|Work E-mail|Position|Included in export|Contact type",
        Contact__type=Meaning("stage"),
    ),
    _shape(
        "bitrix24_contacts", "Bitrix24 contacts", "people",
        "Имя|Фамилия|Отчество|Ответственный|Рабочий телефон|Рабочий e-mail|Должность|Тип контакта|Компания",
    ),
    _shape(
        "bitrix24_companies", "Bitrix24 companies", "companies",
        "Название компании|Тип компании|Ответственный|Рабочий телефон|Корпоративный сайт|Кол-во сотрудников|Рабочий e-mail",
    ),
    _shape(
        "bitrix24_companies", "Bitrix24 companies", "companies",
        "Company Name|Company type|Responsible person|Work Phone|Corporate website|Work E-mail|Employees",
    ),
    _shape(
        "bitrix24_deals", "Bitrix24 deals", "deals",
        "Название сделки|Тип|Стадия сделки|Ответственный|Сумма|Валюта|Предполагаемая дата закрытия",
    ),
    _shape(
        "amocrm_deals", "amoCRM / Kommo deals", "deals",
        "Название сделки|Ответственный|Этап сделки|Воронка|Компания контакта|Рабочий email|Личный email|Кем создана сделка",
        Полное__имя__контакта=_CONTACT, Основной__контакт=_CONTACT,
    ),
    _shape(
        "vtiger_contacts", "vTiger contacts", "people",
        "First Name|Last Name|Office Phone|Account Name|Reports To|Mailing Street|Other Street|Assigned To|Email Opt Out|Mailing Zip",
        Title=_JOB,
    ),
    _shape(
        "vtiger_accounts", "vTiger organisations", "companies",
        "Account Name|Account No|Ticker Symbol|Member Of|SIC Code|Billing Code|Assigned To|Email Opt Out",
        Billing__Address=_BILLING, Shipping__Address=_SHIPPING,
    ),
    _shape(
        "vtiger_leads", "vTiger leads", "people",
        "First Name|Last Name|Lead No|Designation|Lead Source|Lead Status|No Of Employees|Assigned To|Annual Revenue",
    ),
    _shape(
        "vtiger_opportunities", "vTiger opportunities", "deals",
        "Potential Name|Potential No|Amount|Related To|Expected Close Date|Sales Stage|Assigned To",
        Related__To=Meaning("company"),
    ),
    _shape(
        "espocrm_contacts", "EspoCRM contacts", "people",
        "firstName|lastName|accountId|accountName|emailAddress|phoneNumber|assignedUserName|addressStreet",
        Title=_JOB,
    ),
    _shape(
        "espocrm_accounts", "EspoCRM accounts", "companies",
        "name|website|emailAddress|phoneNumber|sicCode|billingAddressStreet|shippingAddressStreet|assignedUserName",
    ),
    _shape(
        "espocrm_leads", "EspoCRM leads", "people",
        "firstName|lastName|emailAddress|opportunityAmount|convertedAt|status|source|accountName",
    ),
    _shape(
        "espocrm_opportunities", "EspoCRM opportunities", "deals",
        "name|amount|amountCurrency|accountName|stage|probability|closeDate|leadSource",
    ),
    _shape(
        "suitecrm_contacts", "SuiteCRM / SugarCRM contacts", "people",
        "First Name|Last Name|Office Phone|Primary Address Street|Alternate Address Street|Assigned User|Date Modified|Deleted",
        Assigned__to=_SYSTEM, Non__Primary__Emails=_OTHER,
    ),
    _shape(
        "suitecrm_accounts", "SuiteCRM / SugarCRM accounts", "companies",
        "Name|Office Phone|Alternate Phone|Billing Street|Shipping Street|Parent Account ID|Assigned User|Deleted",
        Assigned__to=_SYSTEM, Non__Primary__Emails=_OTHER,
    ),
    _shape(
        "suitecrm_opportunities", "SuiteCRM / SugarCRM opportunities", "deals",
        "Opportunity Name|Opportunity Amount|Expected Close Date|Sales Stage|Probability (%)|Assigned User|Deleted",
        Assigned__to=_SYSTEM,
    ),
    _shape(
        "vcard", "vCard", "people",
        "Name|Last Name|First Name|Middle Name|Name Prefix|Name Suffix",
        Revision=_SYSTEM, Role=Meaning("role"),
    ),
)  # fmt: skip


def recognise(columns: Sequence[str]) -> tuple[Shape | None, float]:
    """The shape with most of its tell-tale headings among the columns, and that share."""
    have = {fold(column) for column in columns}

    def share(shape: Shape) -> float:
        return len(shape.tells & have) / len(shape.tells)

    best = max(SHAPES, key=lambda shape: (share(shape), len(shape.tells)))
    return (best, share(best)) if share(best) >= ENOUGH else (None, 0.0)
