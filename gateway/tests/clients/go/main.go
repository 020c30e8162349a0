// The Gogs project's own client of its API.
package main

import (
	"fmt"
	"os"
	"runtime/debug"
	"strconv"

	gogs "github.com/gogs/go-gogs-client"
)

const owner, name = "acme", "handbook"

func main() {
	client := gogs.NewClient(os.Getenv("GATEWAY"), os.Getenv("TOKEN"))
	if err := call(client, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func call(client *gogs.Client, words []string) error {
	switch words[0] {
	case "version":
		build, _ := debug.ReadBuildInfo()
		fmt.Println(build.Deps[0].Version)
	case "repository":
		repository, err := client.GetRepo(owner, name)
		if err != nil {
			return err
		}
		fmt.Println(repository.FullName)
	case "refused":
		_, err := client.GetRepo(owner, "secret")
		return err
	case "list":
		repositories, err := client.ListMyRepos()
		for _, repository := range repositories {
			fmt.Println(repository.FullName)
		}
		return err
	case "issues":
		issues, err := client.ListRepoIssues(owner, name, gogs.ListIssueOption{Page: 1})
		for _, issue := range issues {
			fmt.Println(issue.Title)
		}
		return err
	case "issue":
		_, err := client.CreateIssue(owner, name, gogs.CreateIssueOption{Title: words[1]})
		return err
	case "comment":
		number, err := strconv.ParseInt(words[1], 10, 64)
		if err != nil {
			return err
		}
		_, err = client.CreateIssueComment(owner, name, number, gogs.CreateIssueCommentOption{Body: words[2]})
		return err
	case "hook":
		_, err := client.CreateRepoHook(owner, name, gogs.CreateHookOption{
			Type:   "gogs",
			Config: map[string]string{"url": words[1], "content_type": "json"},
			Events: []string{"push"},
		})
		return err
	}
	return nil
}
