/* The two shapes in which 1C reports an error, faults that a test asks for, and the log of calls. */

#include "fake.h"

static HRESULT raised(Call *call, const wchar_t *text, const wchar_t *source, WORD code,
                      HRESULT scode)
{
    if (call->exception) {
        memset(call->exception, 0, sizeof *call->exception);
        call->exception->wCode = code;
        call->exception->scode = scode;
        call->exception->bstrSource = SysAllocString(source);
        call->exception->bstrDescription = SysAllocString(text);
    }
    return DISP_E_EXCEPTION;
}

/* Which of two texts an infobase uses; one that is not there speaks Russian. */
const wchar_t *spoken(Base *base, const wchar_t *ru, const wchar_t *en)
{
    wchar_t *language = base ? setting(base, L"lang", L"ru") : NULL;
    const wchar_t *text = language && same(language, L"en") ? en : ru;
    free(language);
    return text;
}

/* An error of the platform. */
HRESULT runtime_error(Call *call, const wchar_t *ru, const wchar_t *en)
{
    return raised(call, spoken(call->self->base, ru, en), L"1C:Enterprise " PLATFORM, 1001, 0);
}

/* An error of the connector itself: no session has begun. */
HRESULT connector_error(Call *call, const wchar_t *text)
{
    return raised(call, text, L"V83.COMConnector.1", 0, E_FAIL);
}

static void crash(void)
{
    volatile int *nowhere = NULL;
    *nowhere = 1;
}

static HRESULT happen(Call *call, Base *base, const wchar_t *action, wchar_t *rest)
{
    if (same(action, L"fail"))
        return call->self->kind == CONNECTOR ? connector_error(call, rest)
                                             : runtime_error(call, rest, rest);
    if (same(action, L"hang"))
        Sleep((DWORD)wcstoul(rest, NULL, 10) * 1000);
    if (same(action, L"crash"))
        crash();
    if (same(action, L"com"))
        return (HRESULT)wcstoul(rest, NULL, 16);
    if (same(action, L"lost"))
        return base->dead = *rest ? (HRESULT)wcstoul(rest, NULL, 16) : RPC_E_DISCONNECTED;
    return S_OK;
}

/* Cuts a word off the start of a line. */
static wchar_t *word(wchar_t **line)
{
    wchar_t *start = *line, *end = wcschr(start, L' ');
    *line = end ? end + 1 : start + wcslen(start);
    if (end)
        *end = 0;
    return start;
}

/* Takes the line that was used out of fault.txt. */
static void use_up(Base *base, const wchar_t *used)
{
    wchar_t *text = read_text(base, L"fault.txt"), *cursor = text, *line;
    wchar_t *rest = copy(L"");
    while ((line = next_line(&cursor))) {
        if (used && !wcscmp(line, used)) {
            used = NULL;
            continue;
        }
        wchar_t *longer = format(L"%ls%ls\n", rest, line);
        free(rest);
        rest = longer;
    }
    write_text(base, L"fault.txt", rest);
    free(rest);
    free(text);
}

/* What fault.txt says of this moment: `[once] Kind.Member before|after action argument`. */
HRESULT fault(Call *call, Base *base, const wchar_t *member, const wchar_t *when)
{
    wchar_t *text = base ? read_text(base, L"fault.txt") : NULL, *cursor = text, *line;
    HRESULT answer = S_OK;
    while (answer == S_OK && (line = next_line(&cursor))) {
        wchar_t *whole = copy(line);
        wchar_t *name = word(&line);
        BOOL once = same(name, L"once");
        if (once)
            name = word(&line);
        if (same(name, member) && same(word(&line), when)) {
            wchar_t *action = word(&line);
            if (once)
                use_up(base, whole);
            answer = happen(call, base, action, line);
        }
        free(whole);
    }
    free(text);
    return answer;
}

/* Appends a call to calls.log: names and flags, never a value. */
void note(Base *base, const wchar_t *what, const wchar_t *member, int flags)
{
    if (!base)
        return;
    wchar_t *path = format(L"%ls\\calls.log", base->folder);
    wchar_t *line = format(L"%ls %ls %d\n", what, member, flags);
    HANDLE file = CreateFileW(path, FILE_APPEND_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                              OPEN_ALWAYS, 0, NULL);
    if (file != INVALID_HANDLE_VALUE) {
        char narrow[256];
        DWORD written;
        int size = WideCharToMultiByte(CP_UTF8, 0, line, -1, narrow, sizeof narrow, NULL, NULL);
        if (size > 1)
            WriteFile(file, narrow, (DWORD)size - 1, &written, NULL);
        CloseHandle(file);
    }
    free(line);
    free(path);
}
