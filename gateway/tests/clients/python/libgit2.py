"""libgit2, by pygit2."""

import os
import sys

import pygit2


class Callbacks(pygit2.RemoteCallbacks):
    """Presents the token, and fails where the server says that a ref was not taken."""

    def credentials(self, url, username_from_url, allowed_types):
        return pygit2.UserPass("bot", os.environ["TOKEN"])

    def sideband_progress(self, text):
        sys.stderr.write(text)

    def push_update_reference(self, name, message):
        if message is not None:
            sys.exit(f"{name}: {message}")


def clone(directory, branch, depth=0):
    pygit2.clone_repository(
        os.environ["REMOTE"], directory, callbacks=Callbacks(), checkout_branch=branch, depth=depth
    )


def push(*refspecs):
    pygit2.Repository("copy").remotes["origin"].push(list(refspecs), callbacks=Callbacks())


def commit(path):
    copy = pygit2.Repository("copy")
    copy.index.add(path)
    copy.index.write()
    bot = pygit2.Signature("bot", "bot@x.invalid")
    copy.create_commit("HEAD", bot, bot, path, copy.index.write_tree(), [copy.head.target])
    return copy.head.name


match sys.argv[1:]:
    case ["version"]:
        print(f"{pygit2.LIBGIT2_VERSION}, pygit2 {pygit2.__version__}")
    case ["clone", directory, branch]:
        clone(directory, branch)
    case ["shallow", directory, branch]:
        clone(directory, branch, depth=1)
    case ["fetch"]:
        pygit2.Repository("copy").remotes["origin"].fetch(callbacks=Callbacks())
    case ["push", path, ref]:
        push(f"{commit(path)}:{ref}")
    case ["tag", name]:
        copy = pygit2.Repository("copy")
        copy.create_reference(f"refs/tags/{name}", copy.head.target)
        push(f"refs/tags/{name}")
    case ["delete", ref]:
        push(f":{ref}")
