module clients

go 1.25

require github.com/gogs/go-gogs-client v0.0.0-20210131175652-1d7215cd8d85
