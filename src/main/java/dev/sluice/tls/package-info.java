/** Certificates and keys in files: read, checked, and named in messages when they cannot be used. */
@NullMarked
package dev.sluice.tls;

import org.jspecify.annotations.NullMarked;
