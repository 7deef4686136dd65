/* A small program in place of Ringside and of the programs that the installers call, for scripts/windows-installers.
   Called ringside.exe it stays, as a running Ringside does, until the file named by its second argument is there («stay FILE»), or holds the
   setup's mutex so long («hold FILE»). Under another name it adds its command line to NAME.log beside it. */
#include <stdio.h>
#include <string.h>
#include <windows.h>

static void wait_for(const char *file) {
    while (GetFileAttributesA(file) == INVALID_FILE_ATTRIBUTES) Sleep(50);
}

int main(int count, char **arguments) {
    char path[MAX_PATH + 8];
    if (count == 3 && (!strcmp(arguments[1], "stay") || !strcmp(arguments[1], "hold"))) {
        if (!strcmp(arguments[1], "hold")) CreateMutexA(NULL, FALSE, "Global\\RingsideSetup");
        snprintf(path, sizeof path, "%s.ready", arguments[2]);
        fclose(fopen(path, "w"));
        wait_for(arguments[2]);
        return 0;
    }
    GetModuleFileNameA(NULL, path, MAX_PATH);
    strcat(path, ".log");
    FILE *log = fopen(path, "a");
    if (log) {
        fprintf(log, "%s\n", GetCommandLineA());
        fclose(log);
    }
    return 0;
}
