/* Connect: the connection string, and everything that may keep a session from beginning. */

#include "fake.h"

/* The value of a key of `Key="value with "" in it";Other=plain;`; NULL without it. */
wchar_t *connection_value(const wchar_t *text, const wchar_t *key)
{
    while (*text) {
        const wchar_t *name = text;
        text = wcschr(text, L'=');
        if (!text)
            return NULL;
        size_t length = (size_t)(text++ - name), used = 0;
        wchar_t *value = malloc((wcslen(text) + 1) * sizeof(wchar_t));
        BOOL quoted = *text == L'"';
        for (text += quoted; *text; text++) {
            if (quoted && *text == L'"' && *++text != L'"')
                break;
            if (!quoted && *text == L';')
                break;
            value[used++] = *text;
        }
        value[used] = 0;
        if (CompareStringOrdinal(name, (int)length, key, -1, TRUE) == CSTR_EQUAL)
            return value;
        free(value);
        text = wcschr(text, L';');
        if (!text)
            return NULL;
        text++;
    }
    return NULL;
}

static Base *open_base(const wchar_t *folder)
{
    Base *base = calloc(1, sizeof *base);
    base->refs = 1;
    base->folder = copy(folder);
    wchar_t *text = read_text(base, L"base.txt");
    if (text) {
        free(text);
        return base;
    }
    part(base);
    return NULL;
}

static BOOL equal_or_absent(const wchar_t *wanted, const wchar_t *given)
{
    return !*wanted || (given && !wcscmp(wanted, given));
}

static HRESULT identified(Call *call, Base *base, const wchar_t *text)
{
    wchar_t *user = setting(base, L"user", L""), *password = setting(base, L"password", L"");
    wchar_t *given = connection_value(text, L"Usr"), *secret = connection_value(text, L"Pwd");
    BOOL known = (!*user || (given && same(user, given))) && equal_or_absent(password, secret);
    base->user = copy(given ? given : user);
    free(user), free(password), free(given), free(secret);
    if (known)
        return S_OK;
    return connector_error(call, spoken(base,
        L"Идентификация пользователя не выполнена\nНеправильное имя или пароль пользователя",
        L"User identification failed\nInvalid user name or password"));
}

static HRESULT unlocked(Call *call, Base *base, const wchar_t *text)
{
    wchar_t *lock = read_text(base, L"lock.txt"), *deny = value_in(lock, L"deny");
    wchar_t *code = value_in(lock, L"code"), *message = value_in(lock, L"message");
    wchar_t *given = connection_value(text, L"UC");
    HRESULT answer = S_OK;
    if (deny && same(deny, L"1") && !(code && *code && given && !wcscmp(code, given))) {
        wchar_t *said = format(spoken(base,
            L"Начало сеанса с информационной базой запрещено. %ls",
            L"Session start with the infobase is denied. %ls"), message ? message : L"");
        answer = connector_error(call, said);
        free(said);
    }
    free(lock), free(deny), free(code), free(message), free(given);
    return answer;
}

/* A server wants exactly its own version of the connector; a free licence is needed anywhere. */
static HRESULT admitted(Call *call, Base *base)
{
    wchar_t *server = setting(base, L"app_version", PLATFORM);
    BOOL wrong = switched(base, L"server", 0) && !same(server, PLATFORM);
    wchar_t *said = format(spoken(base,
        L"Различаются версии клиента и сервера 1С:Предприятия (%ls - %ls)",
        L"Different client and server versions of 1C:Enterprise (%ls - %ls)"), PLATFORM, server);
    HRESULT answer = S_OK;
    if (wrong)
        answer = connector_error(call, said);
    else if (!switched(base, L"licences", 1))
        answer = connector_error(call, spoken(base, L"Не обнаружено свободной лицензии!",
                                              L"There are no free licenses!"));
    free(server), free(said);
    return answer;
}

/* Sessions are numbered on and on, whoever connects. */
static int next_number(Base *base)
{
    wchar_t *text = read_text(base, L"number.txt");
    int number = text ? _wtoi(text) + 1 : 1;
    wchar_t *kept = format(L"%d\n", number);
    write_text(base, L"number.txt", kept);
    free(text), free(kept);
    return number;
}

static HRESULT begin(Call *call, Base *base, const wchar_t *text)
{
    HRESULT answer = fault(call, base, L"Connector.Connect", L"before");
    if (answer == S_OK)
        answer = unlocked(call, base, text);
    if (answer == S_OK)
        answer = identified(call, base, text);
    if (answer == S_OK)
        answer = admitted(call, base);
    if (answer != S_OK)
        return answer;
    base->number = next_number(base);
    base->applied = listing(base, 1);
    base->disabled = listing(base, 0);
    give(call, make(CONNECTION, base));
    return fault(call, base, L"Connector.Connect", L"after");
}

HRESULT connector_connect(Call *call)
{
    const wchar_t *text = text_argument(call, 0);
    if (!text)
        return DISP_E_TYPEMISMATCH;
    wchar_t *server = connection_value(text, L"Srvr");
    if (server) {
        wchar_t *said = format(L"Сервер 1С:Предприятия не обнаружен. Не удалось соединиться с %ls",
                               server);
        HRESULT answer = connector_error(call, said);
        free(server), free(said);
        return answer;
    }
    wchar_t *folder = connection_value(text, L"File");
    Base *base = folder ? open_base(folder) : NULL;
    free(folder);
    if (!base)
        return connector_error(call, L"Неверные или отсутствующие параметры соединения с "
                                     L"информационной базой");
    note(base, L"connect", L"Connector.Connect", DISPATCH_METHOD);
    HRESULT answer = begin(call, base, text);
    part(base);
    return answer;
}
