/* icuuc.dll, which Windows has had since 10 and Wine 8 has not: as much of it as Qt6Core links to. No converter can be opened,
   so that Qt says that it knows no such encoding; nobody gets as far as the other functions. */
#define FUNCTION __declspec(dllexport)

enum { U_FILE_ACCESS_ERROR = 4 };

static void *refuse(int *error) {
    if (error)
        *error = U_FILE_ACCESS_ERROR;
    return 0;
}

FUNCTION void *ucnv_open(const char *name, int *error) { return refuse(error); }
FUNCTION const char *ucnv_getName(const void *converter, int *error) { return refuse(error); }
FUNCTION const char *ucnv_getStandardName(const char *name, const char *standard, int *error) { return refuse(error); }
FUNCTION int ucnv_countAvailable(void) { return 0; }
FUNCTION const char *ucnv_getAvailableName(int number) { return 0; }

#define NOBODY_CALLS(name) \
    FUNCTION void name(void) { __builtin_trap(); }
NOBODY_CALLS(ucnv_reset)
NOBODY_CALLS(ucnv_getMaxCharSize)
NOBODY_CALLS(ucnv_getToUCallBack)
NOBODY_CALLS(ucnv_getFromUCallBack)
NOBODY_CALLS(ucnv_setToUCallBack)
NOBODY_CALLS(ucnv_setFromUCallBack)
NOBODY_CALLS(ucnv_cbToUWriteUChars)
NOBODY_CALLS(ucnv_cbFromUWriteUChars)
NOBODY_CALLS(ucnv_toUnicode)
NOBODY_CALLS(ucnv_fromUnicode)
NOBODY_CALLS(ucnv_toUCountPending)
NOBODY_CALLS(ucnv_fromUCountPending)
NOBODY_CALLS(UCNV_FROM_U_CALLBACK_SUBSTITUTE)
NOBODY_CALLS(UCNV_TO_U_CALLBACK_SUBSTITUTE)

FUNCTION void ucnv_close(void *converter) {}
