[description]
Certificates as Sluice reads them: PEM files, a PKCS#12 file, or one that is made at start. Takes the place of Jetty's
own module ssl-context, whose properties (jetty.sslContext.*) then have no effect.

[tags]
connector
ssl
sluice

[provides]
ssl-context

[depend]
server

[lib]
lib/sluice/*.jar

[xml]
etc/sluice-tls.xml

[ini-template]
## PEM files: the certificate's chain, leaf first, and its key. Relative to the base.
# sluice.tls.certificate=etc/fid.dev.pem
# sluice.tls.key=etc/fid.dev-key.pem

## Or a PKCS#12 file with both.
# sluice.tls.keystore=etc/keystore.p12

## The password of the key or of the PKCS#12 file; the environment variable SLUICE_TLS_PASSWORD where this is not set.
# sluice.tls.password=

## With none of these a certificate is made at start, which no client trusts.
