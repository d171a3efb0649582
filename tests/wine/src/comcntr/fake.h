/* A connector that behaves like that of 1C, over infobases that are folders. */

#ifndef FAKE_H
#define FAKE_H

#define COBJMACROS
#include <windows.h>
#include <oleauto.h>
#include <olectl.h>
#include <stdlib.h>
#include <wchar.h>

#ifndef PLATFORM
#define PLATFORM L"8.3.23.1739"
#endif

typedef enum {
    CONNECTOR, CONNECTION, METADATA, MANAGER, EXTENSION, ARRAY, BINARY, STRUCTURE, PROTECTION,
    SYSTEM, ISSUE, LOCK, SESSION, USER, IDENTIFIER, SETTINGS, TYPES, TYPE, SOURCES, LEVELS,
    CONSTANT, REGISTERS, VERSIONS, CONNECTIONS, NODE
} Kind;

/* One session: what all objects that it gave away share. */
typedef struct {
    LONG refs;
    wchar_t *folder;
    wchar_t *applied, *disabled; /* "uuid hash" lines as they were at Connect */
    wchar_t *user;
    int number;
    HRESULT dead; /* what every further call answers, once the connection is lost */
} Base;

typedef struct {
    BSTR name;
    VARIANT value;
} Field;

typedef struct {
    IDispatch dispatch;
    LONG refs;
    Kind kind;
    Base *base;
    Field *fields; /* also the keys of a structure and, without names, the items of an array */
    int count;
    BYTE *data;
    DWORD size;
} Object;

typedef struct Member Member;

/* One call of a member: arguments in their order, NULL where one is left out. */
typedef struct {
    Object *self;
    const Member *member;
    VARIANT *args[10];
    int count;
    WORD flags;
    VARIANT *result;
    EXCEPINFO *exception;
} Call;

typedef HRESULT (*Handler)(Call *call);

enum { GET = DISPATCH_PROPERTYGET, CALL = DISPATCH_METHOD, PUT = DISPATCH_PROPERTYPUT,
       RU_ONLY = 0x100, EN_ONLY = 0x200, BSP = 0x400, SINCE_15 = 0x800, BOOLEAN_VALUE = 0x1000 };

/* A member without a handler is a property that is kept in a field of its English name. */
struct Member {
    Kind kind;
    int flags;
    const wchar_t *ru, *en;
    int least, most;
    Handler run;
};

extern const Member members[];
extern const int members_count;
extern const wchar_t *const kind_names[];

/* object.c */
Base *share(Base *base);
void part(Base *base);
Object *make(Kind kind, Base *base);
Object *object_of(const VARIANT *value, Kind kind);
HRESULT give(Call *call, Object *object);
HRESULT give_text(Call *call, const wchar_t *text);
HRESULT give_flag(Call *call, int truth);
HRESULT give_number(Call *call, int number);
VARIANT *field(Object *object, const wchar_t *name);
VARIANT *add_field(Object *object, const wchar_t *name);
void set_text(Object *object, const wchar_t *name, const wchar_t *text);
void set_flag(Object *object, const wchar_t *name, int truth);
void set_object(Object *object, const wchar_t *name, Object *value);
const wchar_t *text_of(Object *object, const wchar_t *name);
int flag_of(Object *object, const wchar_t *name);
const wchar_t *text_argument(Call *call, int number);

/* errors.c */
HRESULT runtime_error(Call *call, const wchar_t *ru, const wchar_t *en);
HRESULT connector_error(Call *call, const wchar_t *text);
const wchar_t *spoken(Base *base, const wchar_t *ru, const wchar_t *en);
HRESULT fault(Call *call, Base *base, const wchar_t *member, const wchar_t *when);
void note(Base *base, const wchar_t *what, const wchar_t *member, int flags);

/* store.c */
wchar_t *format(const wchar_t *pattern, ...);
wchar_t *copy(const wchar_t *text);
BYTE *read_bytes(const wchar_t *path, DWORD *size);
BOOL write_bytes(const wchar_t *path, const BYTE *data, DWORD size);
wchar_t *read_text(Base *base, const wchar_t *name);
BOOL write_text(Base *base, const wchar_t *name, const wchar_t *text);
wchar_t *next_line(wchar_t **cursor);
wchar_t *column(const wchar_t *line, int number);
wchar_t *value_in(const wchar_t *text, const wchar_t *key);
wchar_t *setting(Base *base, const wchar_t *key, const wchar_t *otherwise);
int switched(Base *base, const wchar_t *key, int otherwise);
int same(const wchar_t *one, const wchar_t *other);
BOOL may(Base *base, const wchar_t *right);

/* connect.c */
HRESULT connector_connect(Call *call);
wchar_t *connection_value(const wchar_t *text, const wchar_t *key);

/* values.c */
Object *constant(Base *base, const wchar_t *ru, const wchar_t *en);
Object *binary(Base *base, BYTE *data, DWORD size);
Object *identifier(Base *base, const wchar_t *text);
HRESULT present(Call *call, const VARIANT *value);
HRESULT string_of(Call *call);
HRESULT base64_value(Call *call);
HRESULT base64_string(Call *call);
HRESULT xml_value(Call *call);
HRESULT binary_size(Call *call);
HRESULT binary_write(Call *call);
HRESULT array_count(Call *call);
HRESULT array_get(Call *call);
HRESULT array_add(Call *call);
HRESULT array_bound(Call *call);
HRESULT structure_insert(Call *call);
HRESULT types_list(Call *call);
HRESULT new_object(Call *call);

/* globals.c */
HRESULT child(Call *call);
HRESULT access_right(Call *call);
HRESULT session_number(Call *call);
HRESULT denied(Call *call);
HRESULT sessions_list(Call *call);
HRESULT configuration_changed(Call *call);
HRESULT connection_string(Call *call);
HRESULT user_name(Call *call);
HRESULT lock_get(Call *call);
HRESULT lock_set(Call *call);
HRESULT lock_sessions(Call *call);
HRESULT unlock_sessions(Call *call);
HRESULT settings_save(Call *call);
HRESULT settings_load(Call *call);
HRESULT write_log_event(Call *call);
HRESULT refresh_versions(Call *call);
HRESULT metadata_value(Call *call);
HRESULT app_version(Call *call);
HRESULT constant_of_group(Call *call);

/* extensions.c */
wchar_t *listing(Base *base, int active);
HRESULT extension_create(Call *call);
HRESULT extensions_get(Call *call);
HRESULT check_all(Call *call);
HRESULT extension_check(Call *call);
HRESULT extension_data(Call *call);
HRESULT extension_delete(Call *call);
HRESULT extension_structure(Call *call);
HRESULT extension_write(Call *call);
HRESULT extension_safe_mode(Call *call);
HRESULT extension_protection(Call *call);
HRESULT extension_presented(Call *call);

/* known.c */
wchar_t *sha1_of(const BYTE *data, DWORD size, BYTE digest[20]);
wchar_t *known(Base *base, const wchar_t *hash);

#endif
