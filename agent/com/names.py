"""Names of 1C's own object model in both languages; the code uses the Russian ones."""

ENGLISH: dict[str, str] = {
    # the connection
    "РасширенияКонфигурации": "ConfigurationExtensions",
    "ИсточникРасширенийКонфигурации": "ConfigurationExtensionsSource",
    "Метаданные": "Metadata",
    "РегистрыСведений": "InformationRegisters",
    "ХранилищеОбщихНастроек": "CommonSettingsStorage",
    "Base64Значение": "Base64Value",
    "Base64Строка": "Base64String",
    "XMLЗначение": "XMLValue",
    "ПравоДоступа": "AccessRight",
    "КонфигурацияИзменена": "ConfigurationChanged",
    "НомерСеансаИнформационнойБазы": "InfoBaseSessionNumber",
    "ПолучитьСеансыИнформационнойБазы": "GetInfoBaseSessions",
    "ПолучитьБлокировкуСеансов": "GetSessionsLock",
    "УстановитьБлокировкуСеансов": "SetSessionsLock",
    "ЗаписьЖурналаРегистрации": "WriteLogEvent",
    # metadata and system
    "РежимСовместимости": "CompatibilityMode",
    "ВерсияПриложения": "AppVersion",
    # the manager of extensions
    "Создать": "Create",
    "Получить": "Get",
    "СеансАктивные": "SessionApplied",
    "СеансОтключенные": "SessionDisabled",
    # an extension
    "Имя": "Name",
    "Версия": "Version",
    "Назначение": "Purpose",
    "ОбластьДействия": "Scope",
    "УникальныйИдентификатор": "UUID",
    "ХешСумма": "HashSum",
    "Активно": "Active",
    "БезопасныйРежим": "SafeMode",
    "ЗащитаОтОпасныхДействий": "UnsafeActionProtection",
    "ПредупреждатьОбОпасныхДействиях": "UnsafeOperationWarnings",
    "ИспользоватьОсновныеРолиДляВсехПользователей": "UseDefaultRolesForAllUsers",
    "ИспользуетсяВРаспределеннойИнформационнойБазе": "UsedInDistributedInfoBase",
    "ГлавныйУзел": "MasterNode",
    "Записать": "Write",
    "Удалить": "Delete",
    "ПолучитьДанные": "GetData",
    "ПроверитьВозможностьПрименения": "CheckCanApply",
    "ИзменяетСтруктуруДанных": "ModifiesDataStructure",
    # what it answers
    "Важность": "Severity",
    "Описание": "Description",
    "Количество": "Count",
    "Размер": "Size",
    "Типы": "Types",
    # sessions and their lock
    "НомерСеанса": "SessionNumber",
    "ИмяПриложения": "ApplicationName",
    "ИмяКомпьютера": "ComputerName",
    "Пользователь": "User",
    "Установлена": "Use",
    "Начало": "Begin",
    "Конец": "End",
    "Сообщение": "Message",
    "КодРазрешения": "KeyCode",
    "Параметр": "Parameter",
    # the settings storage
    "Сохранить": "Save",
    "Загрузить": "Load",
}
"""Russian -> English; `NewObject` has no Russian name, names of metadata have one only."""


TYPES: dict[str, str] = {
    "ДвоичныеДанные": "BinaryData",
    "Структура": "Structure",
    "УникальныйИдентификатор": "UUID",
    "ОписаниеТипов": "TypeDescription",
    "ОписаниеЗащитыОтОпасныхДействий": "UnsafeOperationProtectionDescription",
    "СистемнаяИнформация": "SystemInfo",
    "БлокировкаСеансов": "SessionsLock",
}
"""Types that `NewObject` makes."""


def english(name: str) -> str | None:
    """The English name of a platform's own member; None for metadata, which has no second name."""
    return ENGLISH.get(name)
