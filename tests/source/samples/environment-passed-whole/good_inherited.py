import os
import subprocess

import jinja2


def show(path: str) -> str:
    subprocess.run(["stat", "--", path], check=True)  # good
    template = jinja2.Template("{{ env }}")
    return template.render(env=os.environ)  # good


def saved() -> dict[str, str]:
    return dict(os.environ)  # good
