"""From the text of a formula to a tree. Nothing of Python is reachable from here: there are only these nodes.

A formula has at most 500 signs and 150 parts, nested at most 20 deep, so that whatever is written is read and
worked out in bounded steps.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

MOST_SIGNS = 500
MOST_PARTS = 150
MOST_DEPTH = 20
MOST_DIGITS = 15

_TOKEN = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<number>[0-9]+(?:\.[0-9]+)?)"
    r"|(?P<text>\"[^\"]*\"|'[^']*'|[“”][^“”]*[“”])"
    r"|(?P<name>[^\W\d]\w*)"
    r"|(?P<sign><=|>=|<>|!=|==|[-+*/×÷−=<>≤≥≠&(),;])"
)
# Signs that mean the same, as people and programs write them.
_ALIKE = {"×": "*", "÷": "/", "−": "-", "==": "=", "<>": "≠", "!=": "≠", "<=": "≤", ">=": "≥", ";": ","}
# From loosest to tightest; a comparison is not chained.
_LEVELS: tuple[frozenset[str], ...] = (
    frozenset({"or"}), frozenset({"and"}), frozenset({"=", "≠", "<", ">", "≤", "≥"}), frozenset({"&"}),
    frozenset({"+", "-"}), frozenset({"*", "/"}),
)  # fmt: skip
_COMPARING = 2
WORDS = frozenset({"and", "or", "not", "true", "false"})


class FormulaError(ValueError):
    """What is wrong with a formula, for people. `start` and `end` are places in its text."""

    def __init__(self, message: str, start: int, end: int) -> None:
        self.message, self.start, self.end = message, start, max(end, start)
        super().__init__(message)


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Node:
    """A part of a formula. `kind`: number, text, truth, field, call (of `value`) or the sign of an operation."""

    kind: str
    value: Any
    start: int
    end: int
    parts: tuple[Node, ...] = ()


def parse(text: str) -> Node:
    """The tree of a formula. Raises FormulaError, at the place that is wrong."""
    if len(text) > MOST_SIGNS:
        message = _("A formula has at most %(n)s signs.") % {"n": MOST_SIGNS}
        raise FormulaError(message, MOST_SIGNS, len(text))
    return _Reader(_tokens(text), len(text)).whole()


def _tokens(text: str) -> list[Token]:
    found, place = [], 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            if text[place] in "\"'“”":
                raise FormulaError(_("This text has no end: a quotation mark is missing."), place, len(text))
            raise FormulaError(
                _("“%(sign)s” has no place in a formula.") % {"sign": text[place]}, place, place + 1
            )
        kind, word = str(match.lastgroup), match.group()
        place = match.end()
        if kind == "name" and word.lower() in WORDS:
            kind, word = "sign" if word.lower() in ("and", "or", "not") else "truth", word.lower()
        if kind != "space":
            found.append(Token(kind, _ALIKE.get(word, word), match.start(), place))
    return found


class _Reader:
    """Reads by precedence; every part is counted and every nesting measured."""

    def __init__(self, tokens: list[Token], length: int) -> None:
        self.tokens, self.place, self.length = tokens, 0, length
        self.parts = self.depth = 0

    def whole(self) -> Node:
        if not self.tokens:
            raise FormulaError(_("Write a formula."), 0, 0)
        node = self.level(0)
        left = self.peek()
        if left is not None:
            raise self.unexpected(left)
        return node

    def peek(self) -> Token | None:
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    def at(self, *signs: str) -> Token | None:
        """The next token, taken, if it is one of these signs."""
        token = self.peek()
        if token is None or token.kind != "sign" or token.text not in signs:
            return None
        self.place += 1
        return token

    def unexpected(self, token: Token | None) -> FormulaError:
        if token is None:
            return FormulaError(_("The formula ends too early."), self.length, self.length)
        if token.text == ",":
            message = _("A comma separates values in a function. Decimals are written with a point: 0.5")
        else:
            message = _("“%(sign)s” is not expected here.") % {"sign": token.text}
        return FormulaError(message, token.start, token.end)

    def made(self, kind: str, value: Any, start: int, end: int, *parts: Node) -> Node:
        self.parts += 1
        if self.parts > MOST_PARTS:
            raise FormulaError(_("A formula has at most %(n)s parts.") % {"n": MOST_PARTS}, start, end)
        return Node(kind, value, start, end, parts)

    def level(self, number: int) -> Node:
        """An operation of this precedence or of a tighter one."""
        if number == len(_LEVELS):
            return self.one()
        left = self.level(number + 1)
        while token := self.at(*_LEVELS[number]):
            right = self.level(number + 1)
            left = self.made(token.text, None, left.start, right.end, left, right)
            if number == _COMPARING and (chained := self.at(*_LEVELS[number])):
                message = _("Compare two values at a time and join comparisons with “and”.")
                raise FormulaError(message, chained.start, chained.end)
        return left

    def one(self) -> Node:
        """A value, a function or what stands in brackets, with its signs before it."""
        self.depth += 1
        token = self.peek()
        if self.depth > MOST_DEPTH:
            place = token.start if token else self.length
            raise FormulaError(_("This is nested too deeply. Use another computed field."), place, place + 1)
        node = self._one(token)
        self.depth -= 1
        return node

    def _one(self, token: Token | None) -> Node:
        if token is None:
            raise self.unexpected(None)
        self.place += 1
        if token.text in ("-", "+", "not") and token.kind == "sign":
            # “not” reaches over a comparison; a minus takes only what stands right behind it.
            inner = self.level(_COMPARING) if token.text == "not" else self.one()
            return self.made(f"{token.text}1", None, token.start, inner.end, inner)
        if token.kind == "sign" and token.text == "(":
            inner = self.level(0)
            self.closing()
            return inner
        if token.kind == "name" and self.at("("):
            parts, end = self.arguments()
            return self.made("call", token.text.lower(), token.start, end, *parts)
        return self.plain(token)

    def plain(self, token: Token) -> Node:
        if token.kind == "number":
            if len(token.text.replace(".", "").strip("0")) > MOST_DIGITS:
                message = _("A number has at most %(n)s digits.") % {"n": MOST_DIGITS}
                raise FormulaError(message, token.start, token.end)
            return self.made("number", Decimal(token.text), token.start, token.end)
        if token.kind == "text":
            return self.made("text", token.text[1:-1], token.start, token.end)
        if token.kind == "truth":
            return self.made("truth", token.text == "true", token.start, token.end)
        if token.kind == "name":
            return self.made("field", token.text, token.start, token.end)
        raise self.unexpected(token)

    def arguments(self) -> tuple[list[Node], int]:
        if token := self.at(")"):
            return [], token.end
        parts = [self.level(0)]
        while self.at(","):
            parts.append(self.level(0))
        return parts, self.closing()

    def closing(self) -> int:
        token = self.at(")")
        if token is None:
            if self.peek() is None:
                raise FormulaError(_("A closing bracket is missing."), self.length, self.length)
            raise self.unexpected(self.peek())
        return token.end


__all__ = ["MOST_DEPTH", "MOST_PARTS", "MOST_SIGNS", "FormulaError", "Node", "parse"]
