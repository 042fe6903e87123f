"""Formulas of the documentation, $…$ and $$…$$, as MathML: browsers show it without any script.

A Markdown extension that goes behind pymdownx.arithmatex, which finds the formulas.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element

from latex2mathml.converter import convert
from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor

MARKS = 2  # characters that arithmatex puts on either side: \( \) or \[ \]
AFTER_INLINE = 5


class Formulas(Treeprocessor):
    """Each element of the class that arithmatex gives becomes the formula itself."""

    def run(self, root: Element) -> None:
        for element in root.iter():
            if element.get("class") == "arithmatex":
                tex = "".join(element.itertext()).strip()[MARKS:-MARKS].strip()
                display = "block" if element.tag == "div" else "inline"
                for child in list(element):
                    element.remove(child)
                formula = convert(tex, display=display)
                if "\\" in formula:  # what the converter does not know, it leaves as it is
                    raise ValueError(f"a formula has a command that latex2mathml lacks: {tex}")
                element.text = self.md.htmlStash.store(formula)


class MathML(Extension):
    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802, Markdown's name
        md.treeprocessors.register(Formulas(md), "mathml", AFTER_INLINE)


def makeExtension(**options: object) -> MathML:  # noqa: N802, as above
    return MathML(**options)
