/* The global context of a connection: rights, sessions, locks, settings, metadata, event log. */

#include "fake.h"

/* A manager or a group that has nothing but its name. */
HRESULT child(Call *call)
{
    static const struct { Kind of; const wchar_t *name; Kind kind; } children[] = {
        {CONNECTION, L"ConfigurationExtensions", MANAGER}, {CONNECTION, L"Metadata", METADATA},
        {CONNECTION, L"CommonSettingsStorage", SETTINGS},
        {CONNECTION, L"ConfigurationExtensionsSource", SOURCES},
        {CONNECTION, L"EventLogLevel", LEVELS}, {CONNECTION, L"InformationRegisters", REGISTERS},
        {CONNECTION, L"IBConnections", CONNECTIONS}, {REGISTERS, L"ExtensionVersions", VERSIONS},
    };
    const Member *member = call->member;
    for (size_t number = 0; number < sizeof children / sizeof *children; number++)
        if (children[number].of == member->kind && same(children[number].name, member->en))
            return give(call, make(children[number].kind, call->self->base));
    return DISP_E_MEMBERNOTFOUND;
}

/* A constant of a system enumeration. */
HRESULT constant_of_group(Call *call)
{
    return give(call, constant(call->self->base, call->member->ru, call->member->en));
}

HRESULT access_right(Call *call)
{
    const wchar_t *right = text_argument(call, 0);
    return right ? give_flag(call, may(call->self->base, right)) : DISP_E_TYPEMISMATCH;
}

HRESULT session_number(Call *call)
{
    return give_number(call, call->self->base->number);
}

HRESULT configuration_changed(Call *call)
{
    return give_flag(call, switched(call->self->base, L"changed", 0));
}

HRESULT user_name(Call *call)
{
    return give_text(call, call->self->base->user);
}

HRESULT connection_string(Call *call)
{
    Base *base = call->self->base;
    wchar_t *said = switched(base, L"server", 0) ? format(L"Srvr=\"server\";Ref=\"base\";")
                                                 : format(L"File=\"%ls\";", base->folder);
    HRESULT answer = give_text(call, said);
    free(said);
    return answer;
}

static void add_session(Object *list, const wchar_t *line, int own)
{
    Object *session = make(SESSION, list->base);
    wchar_t *part_of[5];
    for (int number = 0; number < 5; number++)
        part_of[number] = line ? column(line, number) : copy(L"");
    VARIANT *value = add_field(session, L"SessionNumber");
    V_VT(value) = VT_I4;
    V_I4(value) = line ? _wtoi(part_of[1]) : own;
    set_text(session, L"ComputerName", line ? part_of[0] : L"localhost");
    set_text(session, L"ApplicationName", line ? part_of[3] : L"COMConnection");
    set_text(session, L"SessionStarted", part_of[2]);
    Object *user = make(USER, list->base);
    set_text(user, L"Name", line ? part_of[4] : list->base->user);
    set_object(session, L"User", user);
    set_object(list, NULL, session);
    for (int number = 0; number < 5; number++)
        free(part_of[number]);
}

/* The others of sessions.txt, and this one. */
HRESULT sessions_list(Call *call)
{
    Base *base = call->self->base;
    wchar_t *text = read_text(base, L"sessions.txt"), *cursor = text, *line;
    Object *list = make(ARRAY, base);
    add_session(list, NULL, base->number);
    while ((line = next_line(&cursor)))
        add_session(list, line, 0);
    free(text);
    return give(call, list);
}

HRESULT denied(Call *call)
{
    return runtime_error(call, L"Нарушение прав доступа!", L"Access violation!");
}

static HRESULT keep_lock(Call *call, int deny, const wchar_t *message, const wchar_t *code)
{
    if (!may(call->self->base, L"Администрирование"))
        return denied(call);
    wchar_t *text = format(L"deny=%d\nmessage=%ls\ncode=%ls\n", deny, message, code);
    BOOL done = write_text(call->self->base, L"lock.txt", text);
    free(text);
    return done ? S_OK : E_FAIL;
}

HRESULT lock_get(Call *call)
{
    Base *base = call->self->base;
    Object *lock = make(LOCK, base);
    wchar_t *text = read_text(base, L"lock.txt"), *deny = value_in(text, L"deny");
    wchar_t *message = value_in(text, L"message"), *code = value_in(text, L"code");
    set_flag(lock, L"Use", deny && same(deny, L"1"));
    set_text(lock, L"Message", message ? message : L"");
    set_text(lock, L"KeyCode", code ? code : L"");
    free(text), free(deny), free(message), free(code);
    return give(call, lock);
}

HRESULT lock_set(Call *call)
{
    Object *lock = object_of(call->args[0], LOCK);
    return lock ? keep_lock(call, flag_of(lock, L"Use"), text_of(lock, L"Message"),
                            text_of(lock, L"KeyCode")) : DISP_E_TYPEMISMATCH;
}

/* The two procedures of the library's common module СоединенияИБ. */
HRESULT lock_sessions(Call *call)
{
    const wchar_t *message = text_argument(call, 0), *code = text_argument(call, 1);
    HRESULT answer = keep_lock(call, 1, message ? message : L"", code ? code : L"КодРазрешения");
    return answer == S_OK ? give_flag(call, 1) : answer;
}

HRESULT unlock_sessions(Call *call)
{
    HRESULT answer = keep_lock(call, 0, L"", L"");
    return answer == S_OK ? give_flag(call, 1) : answer;
}

/* Whether a line of settings.txt is that of these three. */
static BOOL is_setting(const wchar_t *line, const wchar_t *start)
{
    return !wcsncmp(line, start, wcslen(start));
}

/* Save(object key, settings key, value, description, user) */
HRESULT settings_save(Call *call)
{
    Base *base = call->self->base;
    const wchar_t *object = text_argument(call, 0), *key = text_argument(call, 1);
    const wchar_t *value = text_argument(call, 2), *user = text_argument(call, 4);
    if (!object || !key || !value)
        return DISP_E_TYPEMISMATCH;
    if (!switched(base, L"settings", 1))
        return denied(call);
    wchar_t *start = format(L"%ls\t%ls\t%ls\t", user ? user : base->user, object, key);
    wchar_t *text = read_text(base, L"settings.txt"), *cursor = text, *line;
    wchar_t *whole = format(L"%ls%ls\n", start, value);
    while ((line = next_line(&cursor)))
        if (!is_setting(line, start)) {
            wchar_t *longer = format(L"%ls%ls\n", whole, line);
            free(whole);
            whole = longer;
        }
    BOOL done = write_text(base, L"settings.txt", whole);
    free(start), free(text), free(whole);
    return done ? S_OK : E_FAIL;
}

/* Load(object key, settings key, description, user): Неопределено if it was never saved. */
HRESULT settings_load(Call *call)
{
    Base *base = call->self->base;
    const wchar_t *object = text_argument(call, 0), *key = text_argument(call, 1);
    const wchar_t *user = text_argument(call, 3);
    if (!object || !key)
        return DISP_E_TYPEMISMATCH;
    if (!switched(base, L"settings", 1))
        return denied(call);
    wchar_t *start = format(L"%ls\t%ls\t%ls\t", user ? user : base->user, object, key);
    wchar_t *text = read_text(base, L"settings.txt"), *cursor = text, *line;
    while ((line = next_line(&cursor)))
        if (is_setting(line, start))
            give_text(call, line + wcslen(start));
    free(start), free(text);
    return S_OK;
}

/* Adds an entry to events.txt: the event and its comment. */
HRESULT write_log_event(Call *call)
{
    Base *base = call->self->base;
    const wchar_t *event = text_argument(call, 0), *comment = text_argument(call, 4);
    if (!event)
        return DISP_E_TYPEMISMATCH;
    wchar_t *text = read_text(base, L"events.txt");
    wchar_t *whole = format(L"%ls%ls\t%ls\n", text ? text : L"", event, comment ? comment : L"");
    BOOL done = write_text(base, L"events.txt", whole);
    free(text), free(whole);
    return done ? S_OK : E_FAIL;
}

/* The library's own bookkeeping of extensions; a fault makes it fail. */
HRESULT refresh_versions(Call *call)
{
    return write_text(call->self->base, L"refreshed.txt", L"1\n") ? S_OK : E_FAIL;
}

HRESULT metadata_value(Call *call)
{
    Base *base = call->self->base;
    BOOL mode = same(call->member->en, L"CompatibilityMode");
    wchar_t *said = setting(base, mode ? L"compat"
                            : same(call->member->en, L"Version") ? L"version" : L"name", L"");
    HRESULT answer;
    if (!mode)
        answer = give_text(call, said);
    else if (!*said)
        answer = give(call, constant(base, L"НеИспользовать", L"DontUse"));
    else {
        wchar_t *ru = format(L"Версия%ls", said), *en = format(L"Version%ls", said);
        for (wchar_t *dot = ru; (dot = wcschr(dot, L'.'));)
            *dot = L'_';
        for (wchar_t *dot = en; (dot = wcschr(dot, L'.'));)
            *dot = L'_';
        answer = give(call, constant(base, ru, en));
        free(ru), free(en);
    }
    free(said);
    return answer;
}

HRESULT app_version(Call *call)
{
    wchar_t *said = setting(call->self->base, L"app_version", PLATFORM);
    HRESULT answer = give_text(call, said);
    free(said);
    return answer;
}
