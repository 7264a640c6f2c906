"""Markup: parsel's selector, without what it spends on questions that nobody asks of a page. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from lxml import etree
from parsel import Selector, SelectorList
from parsel.csstranslator import HTMLTranslator

_TRANSLATOR = HTMLTranslator()


@lru_cache(maxsize=2048)
def _by_xpath(query: str) -> Callable[[Any], Any]:
    compiled: Callable[[Any], Any] = etree.XPath(query, smart_strings=False)
    return compiled


@lru_cache(maxsize=2048)
def _by_css(query: str) -> Callable[[Any], Any]:
    return _by_xpath(_TRANSLATOR.css_to_xpath(query))


class Markup(Selector):
    """A selector whose queries are compiled once, and that takes attributes as found: `{x` is a name in HTML, and none to the
    look-up by names. A text or an attribute found is a text, whatever it may be besides."""

    __slots__ = ()

    @classmethod
    def at(cls, root: Any) -> Markup:
        """Return the selector of an element, made without parsel's own questions about what it is made of."""
        return cls._of(root, dict(cls._default_namespaces))

    @property
    def attrib(self) -> dict[str, str]:
        return dict(self.root.items())

    def css(self, query: str) -> SelectorList[Any]:
        return self._found(_by_css(query)) if isinstance(self.root, etree._Element) else super().css(query)

    def xpath(self, query: str, namespaces: Mapping[str, str] | None = None, **kwargs: Any) -> SelectorList[Any]:
        if namespaces or kwargs or not isinstance(self.root, etree._Element):
            return super().xpath(query, namespaces, **kwargs)
        return self._found(_by_xpath(query))

    def by_class(self) -> defaultdict[str, SelectorList[Any]]:
        """The elements by the names of their classes, itself among them: one look where each name would be a query of its own."""
        found: defaultdict[str, SelectorList[Any]] = defaultdict(self.selectorlist_cls)
        for element in self.root.iter(etree.Element):
            names = element.get("class")
            if names:
                one = self._of(element, self.namespaces)
                for name in dict.fromkeys(names.split()):
                    found[name].append(one)
        return found

    def _found(self, find: Callable[[Any], Any]) -> SelectorList[Any]:
        found = find(self.root)
        return self.selectorlist_cls([self._of(root, self.namespaces) for root in (found if isinstance(found, list) else [found])])

    @classmethod
    def _of(cls, root: Any, namespaces: dict[str, str]) -> Markup:
        # parsel's own way would ask of every text whether it is JSON.
        one = cls.__new__(cls)
        one.root = root
        one.type = "html" if isinstance(root, etree._Element) else "text"
        one.namespaces = namespaces
        one._expr = None
        one._huge_tree = True
        one._text = None
        return one
