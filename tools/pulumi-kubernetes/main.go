// Command pulumi-resource-kubernetes is Pulumi's Kubernetes provider, as its makers' own main serves it.
//
// Their main embeds files that only their release makes (schema-embed.json: the schema with its version put in), so that
// their command cannot be built from the Go module. This one embeds the module's schema.json, which tools/build.py gives
// to the compiler by an overlay, and puts the version in at the start.
package main

import (
	_ "embed"
	"encoding/json"
	"log"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version"
)

//go:embed schema.json
var schema []byte

func main() {
	var versioned map[string]json.RawMessage
	if err := json.Unmarshal(schema, &versioned); err != nil {
		log.Fatalf("schema.json: expected a JSON object: %v", err)
	}
	own, err := json.Marshal(version.Version)
	if err != nil {
		log.Fatal(err)
	}
	versioned["version"] = own
	whole, err := json.Marshal(versioned)
	if err != nil {
		log.Fatal(err)
	}
	// The mapping from Terraform's names serves `pulumi convert` alone.
	provider.Serve("kubernetes", version.Version, whole, []byte("{}"))
}
