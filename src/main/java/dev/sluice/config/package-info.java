/** What was declared: records, their reader, every default and every check. Imports nothing else of Sluice. */
@NullMarked
package dev.sluice.config;

import org.jspecify.annotations.NullMarked;
