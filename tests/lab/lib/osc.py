"""One way to reach the lab's APIs, as admin, inside a project."""

import os

import openstack


def connect(project="admin"):
    return openstack.connect(
        auth_url=f"http://{os.environ['CONTROLLER']}:5000/v3",
        username="admin",
        password=os.environ["PW"],
        project_name=project,
        user_domain_name="Default",
        project_domain_name="Default",
        region_name=os.environ["REGION"],
        compute_api_version="2.79",
    )
