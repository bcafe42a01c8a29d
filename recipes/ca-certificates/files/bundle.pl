#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0 OR MIT
# Writes the certificates that Mozilla trusts for TLS servers, of NSS's certdata.txt on standard input, as PEM.
#
# The format: objects, each of lines `NAME TYPE VALUE` with its CKA_CLASS first; after MULTILINE_OCTAL come lines of \ooo up to
# END. Certificates and what they are trusted for are objects of their own, paired by issuer and serial number.
#
# A root that is distrusted for what it issues after some date is left out: PEM has no place for the date.

use strict;
use warnings;
use Digest::SHA qw(sha1);
use MIME::Base64 qw(encode_base64);

my (@objects, $begun);
while (my $line = <STDIN>) {
    $begun ||= $line =~ /^BEGINDATA$/;
    next if !$begun || $line !~ /^(CKA_\w+) (\w+)(?: (.*))?$/;
    my ($name, $type, $value) = ($1, $2, $3);
    if ($type eq 'MULTILINE_OCTAL') {
        $value = '';
        while (1) {
            defined($line = <STDIN>) or die "certdata.txt ends within $name\n";
            last if $line =~ /^END$/;
            $line =~ /^(?:\\[0-3][0-7]{2})+$/ or die "not octal: $line";
            $value .= join '', map { chr oct } $line =~ /\\([0-7]{3})/g;
        }
    }
    push @objects, {} if $name eq 'CKA_CLASS';
    $objects[-1]{$name} = $value;
}

my %trust;
for my $object (grep { $_->{CKA_CLASS} eq 'CKO_NSS_TRUST' } @objects) {
    my $key = "$object->{CKA_ISSUER}|$object->{CKA_SERIAL_NUMBER}";
    die "$object->{CKA_LABEL} is judged twice\n" if $trust{$key};
    $trust{$key} = $object;
}
for my $object (grep { $_->{CKA_CLASS} eq 'CKO_CERTIFICATE' } @objects) {
    my $trust = $trust{"$object->{CKA_ISSUER}|$object->{CKA_SERIAL_NUMBER}"};
    my $label = $object->{CKA_LABEL} =~ s/^"(.*)"$/$1/r;
    die "nothing says what $label is trusted for\n" if !$trust;
    next if $trust->{CKA_TRUST_SERVER_AUTH} ne 'CKT_NSS_TRUSTED_DELEGATOR';
    next if ($object->{CKA_NSS_SERVER_DISTRUST_AFTER} // 'CK_FALSE') ne 'CK_FALSE';
    die "$label has another SHA-1 than is trusted\n" if sha1($object->{CKA_VALUE}) ne $trust->{CKA_CERT_SHA1_HASH};
    my $body = encode_base64($object->{CKA_VALUE}, '') =~ s/(.{1,64})/$1\n/gr;
    print "# $label\n-----BEGIN CERTIFICATE-----\n$body-----END CERTIFICATE-----\n";
}
