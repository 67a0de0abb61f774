"""What a notebook shows by itself: mathematics first, where formats/notebook.py writes it."""


class InNotebooks:
    """An object that a notebook asks for itself in HTML, in LaTeX, in Markdown."""

    def _repr_html_(self) -> str:
        return _written(self, "html")

    def _repr_latex_(self) -> str:
        return _written(self, "latex")

    def _repr_markdown_(self) -> str:
        return _written(self, "markdown")


def _written(shown: InNotebooks, language: str) -> str:
    from chainstep.core.formats.notebook import output  # wanted in notebooks alone

    return output(shown, language)
