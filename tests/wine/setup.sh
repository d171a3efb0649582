#!/bin/sh
# Builds a Wine prefix with Windows Python, the agent's libraries and a 1C connector that is ours.
#
#   PYTHON=<host Python 3.11> UV=<uv> setup.sh CACHE      prints the path of the prefix
#
# What was built before is found by its key and used again, without network. Nothing is written
# outside CACHE, which must not lie inside the checkout: a prefix has a link to / in it.
set -eu
export LC_ALL=C.UTF-8

here=$(cd "$(dirname "$0")" && pwd)
cache=$1
wine=/usr/lib/wine/wine64
server=/usr/lib/wine/wineserver64
cc=x86_64-w64-mingw32-gcc
PYTHON=${PYTHON:-python3}
UV=${UV:-uv}

say() { echo "$*" >&2; }
refuse() {
    say "$*"
    exit 1
}

"$PYTHON" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' ||
    refuse "Wine: the Windows Python is 3.11 and borrows the standard library of the host's Python," \
        "which is $("$PYTHON" -V); leave the Wine part out with --fast"

mkdir -p "$cache"
key=$({
    "$wine" --version
    "$PYTHON" -VV
    cd "$here"
    find src setup.sh check.py pack.py requirements.txt -type f -print0 | sort -z | xargs -0 cat
} | sha256sum | cut -c1-12)
prefix=$cache/prefix-$key

exec 9>"$cache/lock"
flock 9
if [ -d "$prefix" ]; then
    touch "$prefix"
    echo "$prefix"
    exit
fi

new=$prefix.tmp
rm -rf "$new"
export WINEPREFIX="$new" WINEARCH=win64 WINEDEBUG=-all
export WINEDLLOVERRIDES="mscoree=;mshtml=;winemenubuilder.exe=;winedbg.exe="
run() { "$wine" "$@" </dev/null 9<&-; }
trap 'WINEPREFIX="$new" "$server" -k 2>/dev/null || true' EXIT

say "Wine: building $prefix"
run wineboot -i >/dev/null 2>&1
run reg add 'HKCU\Software\Wine\Drivers' /v Graphics /d null /f >/dev/null

# Windows Python: its own DLLs come in a wheel, the standard library is that of the host
py=$new/drive_c/py311
site=$py/Lib/site-packages
mkdir -p "$py/DLLs" "$py/Lib" "$new/build"
install_wheels() {
    "$UV" pip install "$@" --quiet --system-certs --python "$PYTHON" --target "$site" \
        --python-platform x86_64-pc-windows-msvc --python-version 3.11 --only-binary :all: \
        --require-hashes --no-deps --link-mode copy -r "$here/requirements.txt"
}
stdlib=$("$PYTHON" -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')
tar -C "$stdlib" -cf - --exclude=./site-packages --exclude=./dist-packages --exclude=./lib-dynload \
    --exclude=./test --exclude=./idlelib --exclude=./tkinter --exclude='./config-*' \
    --exclude=__pycache__ --exclude=./sitecustomize.py . | tar -C "$py/Lib" -xf -
export UV_CACHE_DIR="$cache/wheels"
install_wheels --offline 2>/dev/null || install_wheels
libs=$site/deploy_libs
mv "$libs/python311.dll" "$libs/VCRUNTIME140.dll" "$py"
rm "$libs/_tkinter.pyd" "$libs/_msi.pyd"
mv "$libs"/*.pyd "$libs"/libcrypto-3.dll "$libs"/libssl-3.dll "$libs"/libffi-8.dll \
    "$libs"/sqlite3.dll "$py/DLLs"
rm -r "$libs" "$site/panda3d" "$site/direct" "$site/pandac" "$site/panda3d_tools"
cp "$site"/pywin32_system32/*.dll "$py"

# What has no DLLs beside it starts from one archive, in half the time
pack() { "$PYTHON" -I "$here/pack.py" "$py/warm.zip" "$@"; }
pack "$py/Lib"
pack "$site" annotated_doc annotated_types anyio h11 httpcore2 httpx2 idna markdown_it mdurl \
    pydantic rich securesystemslib truststore tuf typer typing_extensions.py typing_inspection \
    urllib3

# The programs that start it, and two DLLs that Wine has not
build() { "$cc" -std=c11 -O2 -s -Wall -Wextra -Werror "$@"; }
build -municode -o "$py/python.exe" "$here/src/python.c"
build -municode -mwindows -o "$py/pythonw.exe" "$here/src/python.c"
"$PYTHON" "$here/src/forwarders.py" "$py/python311.dll" >"$new/build/python3.def"
build -shared -nostdlib -nostartfiles -e DllMainCRTStartup -o "$py/python3.dll" \
    "$here/src/python3.c" "$new/build/python3.def"
build -shared -o "$new/drive_c/windows/system32/bcryptprimitives.dll" \
    "$here/src/bcryptprimitives.c" -ladvapi32

# The connector, as two versions of the platform
for version in 8.3.23.1739 8.3.24.1; do
    bin="$new/drive_c/Program Files/1cv8/$version/bin"
    mkdir -p "$bin"
    build -shared "-DPLATFORM=L\"$version\"" -o "$bin/comcntr.dll" "$here"/src/comcntr/*.c \
        "$here/src/comcntr/comcntr.def" -lole32 -loleaut32 -luuid -lcrypt32 -ladvapi32
done
run regsvr32 /s 'C:\Program Files\1cv8\8.3.23.1739\bin\comcntr.dll'

# A Russian Windows is this locale
mkdir -p "$cache/locale"
[ -d "$cache/locale/ru_RU.UTF-8" ] ||
    localedef --no-archive -i ru_RU -f UTF-8 "$cache/locale/ru_RU.UTF-8"

# Nothing is called ready that does not work
mkdir "$new/build/base"
printf 'name=Проверка\nversion=1.0\n' >"$new/build/base/base.txt"
export PYTHONPYCACHEPREFIX='C:\pycache' PYTHONPATH='C:\py311\warm.zip'
said=$(run "C:/py311/python.exe" -X utf8 "Z:$here/check.py" "Z:$new/build/base" 2>&1) ||
    refuse "Wine: the new prefix does not work: $said"
"$server" -k || true
"$server" -w
mv "$new" "$prefix"
trap - EXIT
find "$cache" -maxdepth 1 -name 'prefix-*' -mtime +7 -exec rm -rf {} + # of sources long gone
echo "$prefix"
