"""What a prompt and a notebook show by themselves, where formats/notebook.py writes it."""


class InNotebooks:
    """An object that a notebook asks for itself in HTML, in LaTeX, in Markdown.

    ``print`` shows it as the text of a replay.
    """

    def __str__(self) -> str:
        return _written(self, "text").rstrip()

    def _repr_html_(self) -> str:
        return _written(self, "html")

    def _repr_latex_(self) -> str:
        return _written(self, "latex")

    def _repr_markdown_(self) -> str:
        return _written(self, "markdown")


class Told:
    """An answer that is told in lines: a prompt shows them, and a notebook in passages."""

    def __repr__(self) -> str:
        return str(self).rstrip()

    def _repr_html_(self) -> str:
        from chainstep.core.formats.notebook import told_html

        return told_html(self)

    def _repr_markdown_(self) -> str:
        from chainstep.core.formats.markdown import fenced

        return fenced(str(self).rstrip().split("\n"))


def _written(shown: InNotebooks, language: str) -> str:
    from chainstep.core.formats.notebook import output  # wanted only where it is shown

    return output(shown, language)
