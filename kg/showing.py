"""How a result shows itself in a notebook: as HTML, with its text as fallback."""

from __future__ import annotations


class Shown:
    """Base of the results that a person looks at."""

    def html(self) -> str:
        """The result as it shows itself in a notebook.

        Returns:
            HTML with its own style, for light and dark; without script, and without anything from the network.

        Raises:
            MissingPackageError: The result is a table, and the package for tables is not installed.
        """
        from kg.rich import html

        return html(self)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        from kg.errors import MissingPackageError

        try:
            return {"text/plain": str(self), "text/html": self.html()}
        except MissingPackageError as error:
            return {"text/plain": f"{self}\n\n{error}"}
