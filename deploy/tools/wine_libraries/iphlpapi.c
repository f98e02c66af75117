/* GetExtendedTcpTable as Windows has it: each row with the process that owns the socket. Wine 8 leaves the process at 0.

   Whoever has a handle of a socket owns it: every process' handles are duplicated and asked which address they have. A connection
   that nobody has accepted yet is its listener's. All else of this library is Wine's own, under the name iphlpapi_of_wine. */

#include <winsock2.h>
#include <windows.h>
#include <iphlpapi.h>
#include <tlhelp32.h>

#define GAP 64 /* a handle is a multiple of four, the lowest that is free: behind so many that are, there is none */

typedef DWORD(WINAPI *Table)(void *, DWORD *, BOOL, ULONG, TCP_TABLE_CLASS, ULONG);
typedef int(WINAPI *Name)(SOCKET, struct sockaddr *, int *);

static Name sock_name, peer_name;

static void asked(SOCKET socket, DWORD pid, MIB_TCPTABLE_OWNER_PID *table) {
    struct sockaddr_in here = {0}, there = {0};
    int size = sizeof here;
    if (sock_name(socket, (struct sockaddr *)&here, &size) || here.sin_family != AF_INET) return;
    size = sizeof there;
    int connected = !peer_name(socket, (struct sockaddr *)&there, &size);
    for (DWORD at = 0; at < table->dwNumEntries; at++) {
        MIB_TCPROW_OWNER_PID *row = &table->table[at];
        if (here.sin_port != (WORD)row->dwLocalPort || here.sin_addr.s_addr != row->dwLocalAddr) continue;
        if (connected ? there.sin_port == (WORD)row->dwRemotePort && there.sin_addr.s_addr == row->dwRemoteAddr
                      : row->dwState == MIB_TCP_STATE_LISTEN)
            row->dwOwningPid = pid;
    }
}

static void look_into(DWORD pid, MIB_TCPTABLE_OWNER_PID *table) {
    HANDLE process = OpenProcess(PROCESS_DUP_HANDLE, FALSE, pid), copy;
    int missing = 0;
    for (DWORD_PTR handle = 4; process && missing < GAP; handle += 4) {
        if (!DuplicateHandle(process, (HANDLE)handle, GetCurrentProcess(), &copy, 0, FALSE, DUPLICATE_SAME_ACCESS)) {
            missing++;
            continue;
        }
        missing = 0;
        if (GetFileType(copy) == FILE_TYPE_PIPE) asked((SOCKET)copy, pid, table);
        CloseHandle(copy);
    }
    CloseHandle(process);
}

static void find_owners(MIB_TCPTABLE_OWNER_PID *table) {
    HMODULE sockets = LoadLibraryA("ws2_32");
    sock_name = (Name)(void *)GetProcAddress(sockets, "getsockname");
    peer_name = (Name)(void *)GetProcAddress(sockets, "getpeername");
    PROCESSENTRY32 entry = {.dwSize = sizeof entry};
    HANDLE all = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
    for (BOOL more = Process32First(all, &entry); more; more = Process32Next(all, &entry)) look_into(entry.th32ProcessID, table);
    CloseHandle(all);
    for (DWORD at = 0; at < table->dwNumEntries; at++) {
        MIB_TCPROW_OWNER_PID *row = &table->table[at], *other = table->table;
        for (DWORD with = table->dwNumEntries; with && !row->dwOwningPid && row->dwState == MIB_TCP_STATE_ESTAB; with--, other++)
            if (other->dwState == MIB_TCP_STATE_LISTEN && other->dwLocalPort == row->dwLocalPort) row->dwOwningPid = other->dwOwningPid;
    }
}

DWORD WINAPI GetExtendedTcpTable(void *table, DWORD *size, BOOL order, ULONG family, TCP_TABLE_CLASS kind, ULONG reserved) {
    Table of_wine = (Table)(void *)GetProcAddress(LoadLibraryA("iphlpapi_of_wine"), "GetExtendedTcpTable");
    DWORD failed = of_wine(table, size, order, family, kind, reserved);
    if (!failed && table && family == AF_INET && kind == TCP_TABLE_OWNER_PID_ALL) find_owners(table);
    return failed;
}
