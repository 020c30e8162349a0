"""gogs-client. Its own `Token` puts the token into the URL, where it is not taken; a session has a place for the header."""

import os
import sys
from importlib.metadata import version

import requests
from gogs_client import ApiFailure, GogsApi

OWNER, NAME = "acme", "handbook"


def api():
    session = requests.Session()
    session.headers["Authorization"] = "token " + os.environ["TOKEN"]
    return GogsApi(os.environ["GATEWAY"], session)


def call(words):
    match words:
        case ["version"]:
            print(version("gogs-client"))
        case ["repository"]:
            print(api().get_repo(None, OWNER, NAME).full_name)
        case ["list"]:
            user = api().authenticated_user(None)
            print(*(repository.full_name for repository in api().get_user_repos(None, user.username)))
        case ["refused"]:
            api().get_repo(None, OWNER, "secret")
        case ["hook", url]:
            api().create_hook(None, NAME, "gogs", {"url": url, "content_type": "json"}, ["push"], OWNER)


try:
    call(sys.argv[1:])
except ApiFailure as failure:
    sys.exit(str(failure))
