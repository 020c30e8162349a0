#!/bin/sh
# new-git.sh DIRECTORY SUITE: the git of a newer Debian, to be run as DIRECTORY/git; the system's own is not touched.
#
# It wants a newer C library than the system has, so what it is linked with comes along, and patchelf names its loader.
set -eu
mkdir -p "$1/lists/partial" "$1/cache/archives/partial" "$1/root"
home=$(realpath "$1")
suite=$2
usr=$home/root/usr
libraries=$usr/lib/$(uname -m)-linux-gnu
. /etc/os-release

cat > "$home/debian.sources" <<X
Types: deb
URIs: $(apt-get indextargets --format '$(REPO_URI)' "Codename: $VERSION_CODENAME" | head -1)
Suites: $suite
Components: main
Signed-By: $(dpkg -L debian-archive-keyring | grep '/debian-archive-keyring.gpg$')
X
set -- -qq -o "Dir::Etc::sourcelist=$home/debian.sources" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$home/lists" \
    -o "Dir::Cache=$home/cache" -o APT::Sandbox::User=root
apt-get "$@" update
needed=$(apt-cache "$@" depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces \
    --no-enhances libc6 libcurl3t64-gnutls libexpat1 libpcre2-8-0 zlib1g | grep -E '^(lib|zlib1g)' | sort -u)
cd "$home/cache/archives"
# shellcheck disable=SC2086
apt-get "$@" download git $needed
for package in *.deb; do dpkg-deb -x "$package" "$home/root"; done

find "$usr/bin/git" "$usr/lib/git-core" -type f -exec sh -c 'head -c4 "$1" | grep -q ELF' _ {} \; -print0 |
    xargs -0 -n1 patchelf --set-interpreter "$libraries"/ld-linux-*.so.2 --force-rpath --set-rpath "$libraries"
printf '#!/bin/sh\nexport GIT_EXEC_PATH=%s GIT_TEMPLATE_DIR=%s\nexec %s "$@"\n' \
    "$usr/lib/git-core" "$usr/share/git-core/templates" "$usr/bin/git" > "$home/git"
chmod +x "$home/git"
rm -rf "$home/cache" "$home/lists"
