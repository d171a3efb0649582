/* What changes an extension, and everything for which 1C refuses to. */

#include "fake.h"

static HRESULT bad_format(Call *call)
{
    return runtime_error(call, L"Неверный формат хранилища данных", L"Invalid data storage format");
}

/* Others are in the infobase: 1C names each of them. */
static HRESULT busy(Call *call)
{
    wchar_t *text = read_text(call->self->base, L"sessions.txt"), *cursor = text, *line;
    wchar_t *said = copy(spoken(call->self->base,
        L"Ошибка исключительной блокировки информационной базы.\nАктивные сеансы и соединения:",
        L"Error setting an exclusive lock on the infobase.\nActive sessions and connections:"));
    int others = 0;
    while ((line = next_line(&cursor))) {
        wchar_t *computer = column(line, 0), *number = column(line, 1);
        wchar_t *start = column(line, 2), *application = column(line, 3);
        wchar_t *longer = format(L"%ls\nкомпьютер: %ls, сеанс: %ls, начат: %ls, приложение: %ls",
                                 said, computer, number, start, application);
        free(said), free(computer), free(number), free(start), free(application);
        said = longer;
        others++;
    }
    HRESULT answer = others ? runtime_error(call, said, said) : S_OK;
    free(text), free(said);
    return answer;
}

static HRESULT duplicate(Call *call, const wchar_t *uuid, const wchar_t *name)
{
    wchar_t *text = listing(call->self->base, 1), *off = listing(call->self->base, 0);
    wchar_t *both = format(L"%ls%ls", text, off), *cursor = both, *line;
    BOOL twice = FALSE;
    while ((line = next_line(&cursor))) {
        wchar_t *other = column(line, 0), *its = column(line, 2);
        twice = twice || (same(its, name) && !same(other, uuid));
        free(other), free(its);
    }
    free(text), free(off), free(both);
    return twice ? runtime_error(call, L"Расширение с таким именем уже существует",
                                 L"An extension with this name already exists") : S_OK;
}

/* A right, and a node that is not the master of it. */
static HRESULT changeable(Call *call)
{
    if (!may(call->self->base, L"АдминистрированиеРасширенийКонфигурации"))
        return denied(call);
    if (flag_of(call->self, L"master"))
        return runtime_error(call, L"Расширение получено из главного узла",
                             L"The extension was received from the master node");
    return S_OK;
}

/* Whether these bytes can be stored as this extension. */
static HRESULT acceptable(Call *call, Object *data)
{
    BYTE digest[20];
    static const BYTE magic[] = {0xff, 0xff, 0xff, 0x7f};
    wchar_t *hash = sha1_of(data->data, data->size, digest);
    wchar_t *line = known(call->self->base, hash);
    free(hash);
    if (data->size < 4 || memcmp(data->data, magic, 4) || !line) {
        free(line);
        return bad_format(call);
    }
    wchar_t *name = column(line, 1), *structure = column(line, 4);
    HRESULT answer = duplicate(call, text_of(call->self, L"uuid"), name);
    if (answer == S_OK && same(structure, L"1"))
        answer = busy(call);
    free(line), free(name), free(structure);
    return answer;
}

/* Safe mode, once on or not yet decided, is switched off by a full administrator only. */
static HRESULT safe_enough(Call *call)
{
    VARIANT *safe = field(call->self, L"SafeMode");
    BOOL on = V_VT(safe) == VT_BSTR || V_BOOL(safe);
    return on || may(call->self->base, L"Администрирование") ? S_OK : denied(call);
}

static wchar_t *path_of(Call *call, const wchar_t *ending)
{
    return format(L"%ls\\ext\\%ls.%ls", call->self->base->folder, text_of(call->self, L"uuid"),
                  ending);
}

static BOOL write_properties(Call *call)
{
    Object *self = call->self;
    VARIANT *safe = field(self, L"SafeMode");
    wchar_t *text = format(
        L"active=%d\nsafe=%ls\nwarn=%d\nroles=%d\ndib=%d\nscope=%ls\n", flag_of(self, L"Active"),
        V_VT(safe) == VT_BSTR ? V_BSTR(safe) : V_BOOL(safe) ? L"1" : L"0", flag_of(self, L"warn"),
        flag_of(self, L"UseDefaultRolesForAllUsers"), flag_of(self, L"UsedInDistributedInfoBase"),
        text_of(self, L"scope"));
    wchar_t *name = format(L"ext\\%ls.txt", text_of(self, L"uuid"));
    BOOL done = write_text(self->base, name, text);
    free(text), free(name);
    return done;
}

/* Write([data]): without data the properties only; what it was called on is stale from now on. */
HRESULT extension_write(Call *call)
{
    VARIANT *given = call->count ? call->args[0] : NULL;
    Object *data = object_of(given, BINARY);
    if (given && !data && V_VT(given) != VT_EMPTY)
        return DISP_E_TYPEMISMATCH;
    wchar_t *path = path_of(call, L"cfe");
    HRESULT answer = changeable(call);
    if (answer == S_OK)
        answer = safe_enough(call);
    if (answer == S_OK && data)
        answer = acceptable(call, data);
    if (answer == S_OK && !data && GetFileAttributesW(path) == INVALID_FILE_ATTRIBUTES)
        answer = bad_format(call);
    if (answer == S_OK && data) {
        wchar_t *folder = format(L"%ls\\ext", call->self->base->folder);
        CreateDirectoryW(folder, NULL);
        free(folder);
        answer = write_bytes(path, data->data, data->size) ? S_OK : E_FAIL;
        set_text(call->self, L"Version", L"");
        set_text(call->self, L"hash", L"");
    }
    free(path);
    return answer == S_OK && !write_properties(call) ? E_FAIL : answer;
}

HRESULT extension_delete(Call *call)
{
    HRESULT answer = changeable(call);
    if (answer != S_OK)
        return answer;
    wchar_t *text = path_of(call, L"txt"), *data = path_of(call, L"cfe");
    if (!DeleteFileW(text))
        answer = runtime_error(call, L"Расширение не найдено", L"The extension is not found");
    else
        DeleteFileW(data);
    free(text), free(data);
    return answer;
}

/* Takes effect with Write only. */
HRESULT extension_safe_mode(Call *call)
{
    VARIANT *kept = field(call->self, L"SafeMode"), value;
    if (call->flags & DISPATCH_PROPERTYGET)
        return call->result ? VariantCopy(call->result, kept) : S_OK;
    VariantInit(&value);
    BOOL text = V_VT(call->args[0]) == VT_BSTR;
    if (V_VT(call->args[0]) == VT_NULL || V_VT(call->args[0]) == VT_EMPTY ||
        FAILED(VariantChangeType(&value, call->args[0], 0, text ? VT_BSTR : VT_BOOL)))
        return DISP_E_TYPEMISMATCH;
    VariantClear(kept);
    *kept = value;
    return S_OK;
}

HRESULT extension_protection(Call *call)
{
    if (call->flags & DISPATCH_PROPERTYGET) {
        Object *made = make(PROTECTION, call->self->base);
        set_flag(made, L"UnsafeOperationWarnings", flag_of(call->self, L"warn"));
        return give(call, made);
    }
    Object *given = object_of(call->args[0], PROTECTION);
    if (!given)
        return DISP_E_TYPEMISMATCH;
    set_flag(call->self, L"warn", flag_of(given, L"UnsafeOperationWarnings"));
    return S_OK;
}

HRESULT extension_structure(Call *call)
{
    wchar_t *line = known(call->self->base, text_of(call->self, L"hash"));
    wchar_t *structure = column(line ? line : L"", 4);
    HRESULT answer = give_flag(call, same(structure, L"1"));
    free(line), free(structure);
    return answer;
}

/* issues.txt: severity TAB text; without `full` the first one only. */
static HRESULT issues(Call *call, BOOL full)
{
    Base *base = call->self->base;
    Object *list = make(ARRAY, base);
    wchar_t *text = read_text(base, L"issues.txt"), *cursor = text, *line;
    while ((full || !list->count) && (line = next_line(&cursor))) {
        wchar_t *severity = column(line, 0), *said = column(line, 1);
        Object *issue = make(ISSUE, base);
        set_object(issue, L"Severity", same(severity, L"Critical")
                   ? constant(base, L"Критичная", L"Critical")
                   : constant(base, L"Обычная", L"Ordinary"));
        set_text(issue, L"Description", said);
        set_object(list, NULL, issue);
        free(severity), free(said);
    }
    free(text);
    return give(call, list);
}

/* CheckCanApply([data], [all problems]) */
HRESULT extension_check(Call *call)
{
    Object *data = object_of(call->count ? call->args[0] : NULL, BINARY);
    VARIANT *full = call->count > 1 ? call->args[1] : NULL;
    if (call->count && call->args[0] && !data && V_VT(call->args[0]) != VT_EMPTY)
        return DISP_E_TYPEMISMATCH;
    if (full && V_VT(full) != VT_BOOL)
        return DISP_E_TYPEMISMATCH;
    BYTE digest[20];
    wchar_t *hash = data ? sha1_of(data->data, data->size, digest) : NULL;
    wchar_t *line = hash ? known(call->self->base, hash) : NULL;
    BOOL bad = data && !line;
    free(hash), free(line);
    return bad ? bad_format(call) : issues(call, full && V_BOOL(full));
}

HRESULT check_all(Call *call)
{
    return issues(call, TRUE);
}
