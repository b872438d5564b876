"""Run the notebooks and save their outputs: the same bytes on every run.

    python tests/notebooks/refresh.py [--check] [NOTEBOOK …]

Without a name all of notebooks/ is run. `--check` writes nothing and ends 1
when a saved notebook differs from its run.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[2] / "notebooks"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
PLOTLY = "application/vnd.plotly.v1+json"
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def executed(path: Path) -> nbformat.NotebookNode:
    """A notebook after a run from top to bottom in its own folder."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        store_widget_state=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(path.parent)}},
    )
    return client.execute()


def tidy(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """A run notebook without what differs from run to run, or is not worth keeping."""
    notebook.metadata = nbformat.from_dict(METADATA)
    count = 0
    for number, cell in enumerate(notebook.cells):
        cell.id = f"c{number:02d}"
        tags = cell.metadata.get("tags")
        hidden = cell.metadata.get("jupyter", {}).get("source_hidden")
        cell.metadata = nbformat.from_dict({"tags": tags} if tags else {})
        if hidden:
            cell.metadata["jupyter"] = {"source_hidden": True}
        if cell.cell_type != "code":
            continue
        count += 1
        cell.execution_count = count
        for output in cell.outputs:
            if "execution_count" in output:
                output.execution_count = count
            if output.output_type == "error":
                output.traceback = []
            data = output.get("data", {})
            data.pop(WIDGET_VIEW, None)
            if PLOTLY in data:
                data.pop("image/png", None)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def main() -> int:
    """Refresh or check, and name what changed."""
    parser = argparse.ArgumentParser(description="Run the notebooks and save their outputs.")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument("notebooks", nargs="*", type=Path)
    asked = parser.parse_args()
    changed = 0
    for path in asked.notebooks or sorted(FOLDER.glob("*.ipynb")):
        text = nbformat.writes(tidy(executed(path))) + "\n"
        same = path.read_text("utf-8") == text
        changed += not same
        print(f"{path.name}: {'as saved' if same else 'differs' if asked.check else 'refreshed'}")
        if not same and not asked.check:
            path.write_text(text, "utf-8")
    return 1 if asked.check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
