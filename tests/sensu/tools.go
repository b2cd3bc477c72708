//go:build tools

// Package sensu names the programs of Sensu Go that the tests run, so that go.mod says which they are.
package sensu

import (
	_ "github.com/sensu/sensu-go/cmd/sensu-agent"
	_ "github.com/sensu/sensu-go/cmd/sensu-backend"
	_ "github.com/sensu/sensu-go/cmd/sensuctl"
)
