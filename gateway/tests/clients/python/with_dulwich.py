"""dulwich, by its porcelain."""

import os
import sys

import dulwich
from dulwich import porcelain

REMOTE, OPTIONS = os.environ.get("REMOTE"), {
    "username": "bot",
    "password": os.environ.get("TOKEN"),
    "errstream": sys.stderr.buffer,
}


def push(refspec):
    """Pushes, and fails where the server says that a ref was not taken, which dulwich only prints."""
    result = porcelain.push("copy", REMOTE, refspec, **OPTIONS)
    refused = {ref: why for ref, why in (result.ref_status or {}).items() if why}
    if refused:
        sys.exit(str(refused))


match sys.argv[1:]:
    case ["version"]:
        print(".".join(map(str, dulwich.__version__)))
    case ["clone", directory, branch]:
        porcelain.clone(REMOTE, directory, branch=branch, **OPTIONS)
    case ["shallow", directory, branch]:
        porcelain.clone(REMOTE, directory, branch=branch, depth=1, **OPTIONS)
    case ["fetch"]:
        porcelain.fetch("copy", "origin", **OPTIONS)
    case ["push", path, ref]:
        porcelain.add("copy", paths=[os.path.abspath(os.path.join("copy", path))])
        porcelain.commit("copy", message=path, author=b"bot <bot@x.invalid>", committer=b"bot <bot@x.invalid>")
        push(f"HEAD:{ref}")
    case ["tag", name]:
        porcelain.tag_create("copy", name)
        push(f"refs/tags/{name}:refs/tags/{name}")
    case ["delete", ref]:
        push(f":{ref}")
