/* Stands for a newer version of Ringside: leaves a file. */
#include <stdio.h>

int main(void) {
    FILE *file = fopen(STARTED, "w");
    return file == NULL || fclose(file) != 0;
}
