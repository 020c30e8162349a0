#!/bin/sh
# A credential helper for every git: those before 2.46 leave `authtype` out and send the token as a password, those since
# send it as a Bearer.
test "$1" != get ||
    printf '%s\n' 'capability[]=authtype' authtype=Bearer "credential=$TOKEN" username=bot "password=$TOKEN"
