/* Text and binary files of an infobase's folder; whatever is returned is the caller's to free. */

#include "fake.h"

#include <stdarg.h>
#include <stdio.h>

wchar_t *format(const wchar_t *pattern, ...)
{
    size_t room = 1024;
    for (;;) {
        wchar_t *text = malloc(room * sizeof(wchar_t));
        va_list list;
        va_start(list, pattern);
        int length = _vsnwprintf(text, room, pattern, list);
        va_end(list);
        if (length >= 0 && (size_t)length < room)
            return text;
        free(text);
        room *= 2;
    }
}

wchar_t *copy(const wchar_t *text)
{
    return wcscpy(malloc((wcslen(text) + 1) * sizeof(wchar_t)), text);
}

/* NULL where there is no such file; a zero follows the bytes. */
BYTE *read_bytes(const wchar_t *path, DWORD *size)
{
    HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE |
                              FILE_SHARE_DELETE, NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return NULL;
    DWORD length = GetFileSize(file, NULL);
    BYTE *data = calloc(length + 1, 1);
    BOOL done = ReadFile(file, data, length, size, NULL);
    CloseHandle(file);
    if (done)
        return data;
    free(data);
    return NULL;
}

/* Through a file beside it: a kill leaves the old bytes or the new ones. */
BOOL write_bytes(const wchar_t *path, const BYTE *data, DWORD size)
{
    wchar_t *other = format(L"%ls.new", path);
    HANDLE file = CreateFileW(other, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    DWORD written = 0;
    BOOL done = file != INVALID_HANDLE_VALUE && WriteFile(file, data, size, &written, NULL) &&
                written == size;
    if (file != INVALID_HANDLE_VALUE)
        CloseHandle(file);
    done = done && MoveFileExW(other, path, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH);
    free(other);
    return done;
}

wchar_t *read_text(Base *base, const wchar_t *name)
{
    wchar_t *path = format(L"%ls\\%ls", base->folder, name);
    DWORD size = 0;
    BYTE *data = read_bytes(path, &size);
    free(path);
    if (!data)
        return NULL;
    int length = MultiByteToWideChar(CP_UTF8, 0, (char *)data, (int)size, NULL, 0);
    wchar_t *text = calloc((size_t)length + 1, sizeof(wchar_t));
    MultiByteToWideChar(CP_UTF8, 0, (char *)data, (int)size, text, length);
    free(data);
    return text;
}

BOOL write_text(Base *base, const wchar_t *name, const wchar_t *text)
{
    int size = WideCharToMultiByte(CP_UTF8, 0, text, -1, NULL, 0, NULL, NULL);
    char *data = malloc((size_t)size);
    WideCharToMultiByte(CP_UTF8, 0, text, -1, data, size, NULL, NULL);
    wchar_t *path = format(L"%ls\\%ls", base->folder, name);
    BOOL done = write_bytes(path, (BYTE *)data, (DWORD)size - 1);
    free(path);
    free(data);
    return done;
}

/* The next line of a text that is taken apart in place; NULL at its end. */
wchar_t *next_line(wchar_t **cursor)
{
    while (*cursor && **cursor) {
        wchar_t *line = *cursor, *end = wcschr(line, L'\n');
        *cursor = end ? end + 1 : line + wcslen(line);
        if (end)
            *end = 0;
        size_t length = wcslen(line);
        if (length && line[length - 1] == L'\r')
            line[--length] = 0;
        if (length)
            return line;
    }
    return NULL;
}

/* A column of a line with tabulators; empty where there are fewer. */
wchar_t *column(const wchar_t *line, int number)
{
    for (; number > 0 && line; number--) {
        line = wcschr(line, L'\t');
        line = line ? line + 1 : NULL;
    }
    wchar_t *found = copy(line ? line : L"");
    wchar_t *end = wcschr(found, L'\t');
    if (end)
        *end = 0;
    return found;
}

/* The value of a line `key=value`; NULL without one. */
wchar_t *value_in(const wchar_t *text, const wchar_t *key)
{
    if (!text)
        return NULL;
    wchar_t *whole = copy(text), *cursor = whole, *line, *found = NULL;
    size_t length = wcslen(key);
    while (!found && (line = next_line(&cursor)))
        if (!wcsncmp(line, key, length) && line[length] == L'=')
            found = copy(line + length + 1);
    free(whole);
    return found;
}

/* Of base.txt, as it is now: a test may change it under a session. */
wchar_t *setting(Base *base, const wchar_t *key, const wchar_t *otherwise)
{
    wchar_t *text = read_text(base, L"base.txt"), *found = value_in(text, key);
    free(text);
    return found ? found : copy(otherwise);
}

int switched(Base *base, const wchar_t *key, int otherwise)
{
    wchar_t *found = setting(base, key, otherwise ? L"1" : L"0");
    int on = !same(found, L"0");
    free(found);
    return on;
}

int same(const wchar_t *one, const wchar_t *other)
{
    return CompareStringOrdinal(one, -1, other, -1, TRUE) == CSTR_EQUAL;
}

/* Without a line `rights` the user may do everything; with one, what it names. */
BOOL may(Base *base, const wchar_t *right)
{
    wchar_t *list = setting(base, L"rights", L"*"), *rest = NULL;
    BOOL found = FALSE;
    for (wchar_t *word = wcstok_s(list, L", ", &rest); word; word = wcstok_s(NULL, L", ", &rest))
        found = found || same(word, right) || same(word, L"*");
    free(list);
    return found;
}
