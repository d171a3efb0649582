/* What the infobase makes of bytes: it does not read them, known.txt says what they are. */

#include "fake.h"

#include <wincrypt.h>

/* SHA-1 as 40 digits, and as the 20 bytes that HashSum gives out. */
wchar_t *sha1_of(const BYTE *data, DWORD size, BYTE digest[20])
{
    HCRYPTPROV provider = 0;
    HCRYPTHASH hash = 0;
    DWORD length = 20;
    memset(digest, 0, 20);
    CryptAcquireContextW(&provider, NULL, NULL, PROV_RSA_FULL, CRYPT_VERIFYCONTEXT);
    CryptCreateHash(provider, CALG_SHA1, 0, 0, &hash);
    CryptHashData(hash, data, size, 0);
    CryptGetHashParam(hash, HP_HASHVAL, digest, &length, 0);
    CryptDestroyHash(hash);
    CryptReleaseContext(provider, 0);
    wchar_t *text = calloc(41, sizeof(wchar_t));
    for (int number = 0; number < 20; number++)
        swprintf(text + 2 * number, 3, L"%02x", digest[number]);
    return text;
}

/* The line of known.txt about these bytes; NULL for what is no extension. */
wchar_t *known(Base *base, const wchar_t *hash)
{
    wchar_t *text = read_text(base, L"known.txt"), *cursor = text, *line, *found = NULL;
    while (!found && (line = next_line(&cursor)))
        if (!wcsncmp(line, hash, 40) && line[40] == L'\t')
            found = copy(line);
    free(text);
    return found;
}
