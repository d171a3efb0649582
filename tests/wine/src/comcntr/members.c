/* Every member there is: whose it is, its two names, how it may be called, and what does it. */

#include "fake.h"

#define METHOD(kind, ru, en, least, most, run) {kind, CALL, ru, en, least, most, run}
#define READ(kind, ru, en, run) {kind, GET, ru, en, 0, 0, run}
#define FLAG(kind, ru, en) {kind, GET | PUT | BOOLEAN_VALUE, ru, en, 0, 0, NULL}
#define VALUE(kind, ru, en) {kind, GET | PUT, ru, en, 0, 0, NULL}
#define BOTH(kind, ru, en, run) {kind, GET | PUT, ru, en, 0, 0, run}

const wchar_t *const kind_names[] = {
    L"Connector", L"Connection", L"Metadata", L"Manager", L"Extension", L"Array", L"Binary",
    L"Structure", L"Protection", L"SystemInfo", L"Issue", L"Lock", L"Session", L"User", L"UUID",
    L"Settings", L"Types", L"Type", L"Sources", L"Levels", L"Constant", L"Registers", L"Versions",
    L"Connections", L"Node"};

const Member members[] = {
    {CONNECTOR, CALL | EN_ONLY, L"", L"Connect", 1, 1, connector_connect},

    {CONNECTION, CALL | EN_ONLY, L"", L"NewObject", 1, 10, new_object},
    READ(CONNECTION, L"РасширенияКонфигурации", L"ConfigurationExtensions", child),
    READ(CONNECTION, L"Метаданные", L"Metadata", child),
    READ(CONNECTION, L"ХранилищеОбщихНастроек", L"CommonSettingsStorage", child),
    READ(CONNECTION, L"ИсточникРасширенийКонфигурации", L"ConfigurationExtensionsSource", child),
    READ(CONNECTION, L"УровеньЖурналаРегистрации", L"EventLogLevel", child),
    READ(CONNECTION, L"РегистрыСведений", L"InformationRegisters", child),
    {CONNECTION, GET | RU_ONLY | BSP, L"СоединенияИБ", L"IBConnections", 0, 0, child},
    METHOD(CONNECTION, L"Base64Значение", L"Base64Value", 1, 1, base64_value),
    METHOD(CONNECTION, L"Base64Строка", L"Base64String", 1, 1, base64_string),
    METHOD(CONNECTION, L"XMLЗначение", L"XMLValue", 2, 2, xml_value),
    METHOD(CONNECTION, L"Строка", L"String", 1, 1, string_of),
    METHOD(CONNECTION, L"ПравоДоступа", L"AccessRight", 2, 3, access_right),
    METHOD(CONNECTION, L"НомерСеансаИнформационнойБазы", L"InfoBaseSessionNumber", 0, 0,
           session_number),
    METHOD(CONNECTION, L"ПолучитьСеансыИнформационнойБазы", L"GetInfoBaseSessions", 0, 0,
           sessions_list),
    METHOD(CONNECTION, L"КонфигурацияИзменена", L"ConfigurationChanged", 0, 0,
           configuration_changed),
    METHOD(CONNECTION, L"СтрокаСоединенияИнформационнойБазы", L"InfoBaseConnectionString", 0, 0,
           connection_string),
    METHOD(CONNECTION, L"ИмяПользователя", L"UserName", 0, 0, user_name),
    METHOD(CONNECTION, L"ПолучитьБлокировкуСеансов", L"GetSessionsLock", 0, 0, lock_get),
    METHOD(CONNECTION, L"УстановитьБлокировкуСеансов", L"SetSessionsLock", 1, 1, lock_set),
    METHOD(CONNECTION, L"ЗаписьЖурналаРегистрации", L"WriteLogEvent", 1, 6, write_log_event),

    READ(METADATA, L"Имя", L"Name", metadata_value),
    READ(METADATA, L"Версия", L"Version", metadata_value),
    READ(METADATA, L"РежимСовместимости", L"CompatibilityMode", metadata_value),

    METHOD(MANAGER, L"Создать", L"Create", 0, 0, extension_create),
    METHOD(MANAGER, L"Получить", L"Get", 0, 2, extensions_get),
    METHOD(MANAGER, L"ПроверитьВозможностьПримененияВсех", L"CheckCanApplyAll", 0, 0, check_all),

    READ(EXTENSION, L"Имя", L"Name", NULL),
    READ(EXTENSION, L"Синоним", L"Synonym", NULL),
    READ(EXTENSION, L"Версия", L"Version", NULL),
    READ(EXTENSION, L"Назначение", L"Purpose", extension_presented),
    READ(EXTENSION, L"ОбластьДействия", L"Scope", extension_presented),
    READ(EXTENSION, L"УникальныйИдентификатор", L"UUID", extension_presented),
    READ(EXTENSION, L"ХешСумма", L"HashSum", extension_presented),
    READ(EXTENSION, L"ГлавныйУзел", L"MasterNode", extension_presented),
    FLAG(EXTENSION, L"Активно", L"Active"),
    BOTH(EXTENSION, L"БезопасныйРежим", L"SafeMode", extension_safe_mode),
    BOTH(EXTENSION, L"ЗащитаОтОпасныхДействий", L"UnsafeActionProtection", extension_protection),
    {EXTENSION, GET | PUT | BOOLEAN_VALUE | SINCE_15,
     L"ИспользоватьОсновныеРолиДляВсехПользователей", L"UseDefaultRolesForAllUsers", 0, 0, NULL},
    FLAG(EXTENSION, L"ИспользуетсяВРаспределеннойИнформационнойБазе", L"UsedInDistributedInfoBase"),
    METHOD(EXTENSION, L"Записать", L"Write", 0, 1, extension_write),
    METHOD(EXTENSION, L"Удалить", L"Delete", 0, 0, extension_delete),
    METHOD(EXTENSION, L"ПолучитьДанные", L"GetData", 0, 0, extension_data),
    METHOD(EXTENSION, L"ПроверитьВозможностьПрименения", L"CheckCanApply", 0, 2, extension_check),
    METHOD(EXTENSION, L"ИзменяетСтруктуруДанных", L"ModifiesDataStructure", 0, 0,
           extension_structure),

    METHOD(ARRAY, L"Количество", L"Count", 0, 0, array_count),
    METHOD(ARRAY, L"ВГраница", L"UBound", 0, 0, array_bound),
    METHOD(ARRAY, L"Получить", L"Get", 1, 1, array_get),
    METHOD(ARRAY, L"Добавить", L"Add", 0, 1, array_add),

    METHOD(BINARY, L"Размер", L"Size", 0, 0, binary_size),
    METHOD(BINARY, L"Записать", L"Write", 1, 1, binary_write),

    METHOD(STRUCTURE, L"Вставить", L"Insert", 1, 2, structure_insert),
    METHOD(STRUCTURE, L"Количество", L"Count", 0, 0, array_count),

    FLAG(PROTECTION, L"ПредупреждатьОбОпасныхДействиях", L"UnsafeOperationWarnings"),

    READ(SYSTEM, L"ВерсияПриложения", L"AppVersion", app_version),

    READ(ISSUE, L"Важность", L"Severity", NULL),
    READ(ISSUE, L"Описание", L"Description", NULL),
    READ(ISSUE, L"Расширение", L"Extension", NULL),

    FLAG(LOCK, L"Установлена", L"Use"),
    VALUE(LOCK, L"Начало", L"Begin"),
    VALUE(LOCK, L"Конец", L"End"),
    VALUE(LOCK, L"Сообщение", L"Message"),
    VALUE(LOCK, L"КодРазрешения", L"KeyCode"),
    VALUE(LOCK, L"Параметр", L"Parameter"),

    READ(SESSION, L"НомерСеанса", L"SessionNumber", NULL),
    READ(SESSION, L"ИмяКомпьютера", L"ComputerName", NULL),
    READ(SESSION, L"ИмяПриложения", L"ApplicationName", NULL),
    READ(SESSION, L"НачалоСеанса", L"SessionStarted", NULL),
    READ(SESSION, L"Пользователь", L"User", NULL),
    READ(USER, L"Имя", L"Name", NULL),

    METHOD(SETTINGS, L"Сохранить", L"Save", 3, 5, settings_save),
    METHOD(SETTINGS, L"Загрузить", L"Load", 2, 4, settings_load),

    METHOD(TYPES, L"Типы", L"Types", 0, 0, types_list),

    READ(SOURCES, L"БазаДанных", L"Database", constant_of_group),
    READ(SOURCES, L"СеансАктивные", L"SessionApplied", constant_of_group),
    READ(SOURCES, L"СеансОтключенные", L"SessionDisabled", constant_of_group),
    READ(LEVELS, L"Информация", L"Information", constant_of_group),
    READ(LEVELS, L"Предупреждение", L"Warning", constant_of_group),
    READ(LEVELS, L"Ошибка", L"Error", constant_of_group),
    READ(LEVELS, L"Примечание", L"Note", constant_of_group),

    {REGISTERS, GET | RU_ONLY | BSP, L"ПараметрыРаботыВерсийРасширений", L"ExtensionVersions", 0, 0,
     child},
    {VERSIONS, CALL | RU_ONLY | BSP, L"ОбновитьПараметрыРаботыРасширений", L"Refresh", 0, 0,
     refresh_versions},
    {CONNECTIONS, CALL | RU_ONLY | BSP, L"УстановитьБлокировкуСоединений", L"Lock", 0, 2,
     lock_sessions},
    {CONNECTIONS, CALL | RU_ONLY | BSP, L"РазрешитьРаботуПользователей", L"Unlock", 0, 0,
     unlock_sessions},
};

const int members_count = sizeof members / sizeof *members;
